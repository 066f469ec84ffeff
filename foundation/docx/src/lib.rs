//! Documents of Word: templates with named places (`{{申请人}}`) that people edit in Word or WPS are read within limits
//! and filled; a small builder makes templates of our own.
//!
//! A template is any .docx. A place is a name in double braces, also where Word has split it over several pieces of
//! text. A place with a dot (`{{材料.名称}}`) belongs to a list: the row of the table it stands in is repeated for every
//! item; `{{材料.序号}}` counts them. A value may have several lines.

mod package;
mod paper;
mod refusal;
#[cfg(test)]
mod safety_tests;
mod template;
#[cfg(test)]
mod tests;
mod xml;

pub use package::{LARGEST, bundle};
pub use paper::{Block, Paper};
pub use refusal::Unreadable;
pub use template::{BLANK, Filled, Places, Template, Values};

/// The MIME type of .docx.
pub const MIME: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
