//! Why a file is not taken as a template, in words that say what to do.

use std::fmt;

/// Why a file cannot be read as a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Larger than is accepted, in bytes.
    TooLarge(usize),
    /// No .docx at all.
    NotDocx,
    /// The old format of Word.
    OldWord,
    /// Protected by a password.
    Encrypted,
    /// Unpacked it would be larger than any template.
    Bomb,
    /// Carries macros.
    Macros,
    /// Carries another file or a control: which part.
    Embedded(String),
    /// Points outside: to what kind of thing.
    External(String),
    /// A field that fetches something from outside: its name.
    Fetching(String),
    /// An XML part that cannot be read.
    Damaged(String),
    /// A place that is opened and not closed, or has no name: the text where it is.
    BrokenPlace(String),
    /// A list's place outside of a table's row.
    ListOutsideRow(String),
    /// Places of two lists in one row.
    TwoLists(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(most) => {
                write!(f, "文件太大，模板最大 {} MB。请去掉模板里的大图片，再上传。", most / 1024 / 1024)
            }
            Self::NotDocx => {
                f.write_str("这不是 Word 文档（.docx）。请在 Word 或者 WPS 里另存为 .docx，再上传。")
            }
            Self::OldWord => {
                f.write_str("这是旧版 Word 文档（.doc）。请在 Word 或者 WPS 里另存为 .docx，再上传。")
            }
            Self::Encrypted => f.write_str("文件加了密码。请去掉密码，再上传。"),
            Self::Bomb => f.write_str("文件解开以后太大，不像模板。请新建一个文档，把内容贴进去，再上传。"),
            Self::Macros => f.write_str("文件带有宏。请另存为不带宏的 .docx，再上传。"),
            Self::Embedded(part) => {
                write!(f, "文件里嵌了别的文件或者控件（{part}）。请删掉，只留文字、表格和图片，再上传。")
            }
            Self::External(kind) => {
                write!(
                    f,
                    "文件指向外面的内容（{kind}），如超链接、链接的图片或者外部模板。请取消链接，再上传。"
                )
            }
            Self::Fetching(name) => {
                write!(f, "文件里有从外面取内容的域（{name}）。请把它改成普通文字，再上传。")
            }
            Self::Damaged(what) => {
                write!(f, "文件打不开（{what}）。请在 Word 或者 WPS 里打开后另存一次，再上传。")
            }
            Self::BrokenPlace(text) => {
                write!(f, "填写处没有写完整：“{text}”。请写成两个花括号括住名称，如 {{{{申请人}}}}。")
            }
            Self::ListOutsideRow(name) => {
                write!(f, "{{{{{name}}}}} 是清单的内容，要放在表格的一行里，这一行会按清单重复。")
            }
            Self::TwoLists(names) => {
                write!(f, "表格的一行里放了两个清单的内容（{names}）。请分成两行或者两张表。")
            }
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<&Unreadable> for kernel::Refusal {
    fn from(what: &Unreadable) -> Self {
        Self::fields(vec![kernel::FieldError::new("file", what.to_string())])
    }
}
