//! Attacks that are generated from the route table and from the pages themselves: a route is covered the day it is
//! born. Somebody of every kind walks through the whole product by its links; what the walk finds is then asked for
//! by those whom no link leads there, sent twice, sent from elsewhere, and sent full of nonsense.

mod comfort;
mod cover;
mod ended;
mod fill;
mod forgery;
mod holes;
mod html;
mod nonsense;
mod others;
mod people;
pub(crate) mod records;
mod script;
mod twice;
mod walk;
