//! What is done with the forms.

pub(crate) mod type_columns;
