//! Why a file cannot be read, in words that say what to do.

use kernel::{Kind, Refusal};
use std::fmt;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It has more bytes than that many MB.
    FileTooLarge(usize),
    /// Name and content do not agree; the ending of the name.
    Disguised(String),
    /// A kind of file that is not read; the ending of the name.
    UnknownKind(String),
    /// The old binary format.
    OldExcel,
    /// Protected by a password.
    Encrypted,
    /// It carries programs.
    Macros,
    /// The archive is damaged or made to deceive; what is wrong, for the curious.
    Damaged(&'static str),
    /// Unpacked, it would be larger than that many MB.
    Bomb(u64),
    /// It has more parts than that.
    TooManyParts(usize),
    /// A part is named as if it lay outside of the archive.
    StrayName,
    /// A part declares entities or a document type.
    Entities,
    /// It has more rows than that.
    TooManyRows(usize),
    /// It has more columns than that; the sheet.
    TooManyColumns(usize, String),
    /// A cell is longer than that; where.
    CellTooLong(usize, String),
    /// The letters are neither UTF-8 nor GB18030.
    Letters,
    /// A quotation mark is not closed; the row it began in.
    OpenQuote(u32),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("文件是空的，请检查后重新选择。"),
            Self::FileTooLarge(mb) => write!(f, "文件超过 {mb} MB。请删去不用的工作表和图片，或分成几份导入。"),
            Self::Disguised(ending) => {
                write!(f, "文件名以 .{ending} 结尾，内容却不是。请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后再上传。")
            }
            Self::UnknownKind(ending) if ending.is_empty() => {
                f.write_str("看不出这是什么文件。请上传 .xlsx 或 .csv 文件。")
            }
            Self::UnknownKind(ending) => {
                write!(f, "不能导入 .{ending} 文件。请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后再上传。")
            }
            Self::OldExcel => f.write_str("这是旧版 Excel 文件（.xls）。请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后再上传。"),
            Self::Encrypted => f.write_str("文件加了密码，读不出来。请在 Excel 或 WPS 里取消密码，另存为 .xlsx 或 CSV 后再上传。"),
            Self::Macros => f.write_str("文件带有宏，不能导入。请另存为不带宏的 .xlsx 或 CSV 后再上传。"),
            Self::Damaged(what) => {
                write!(f, "文件已损坏，读不出来（{what}）。请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后再上传。")
            }
            Self::Bomb(mb) => write!(f, "文件解压后超过 {mb} MB，或压缩得反常，不能导入。请只保留要导入的工作表，另存后再上传。"),
            Self::TooManyParts(most) => {
                write!(f, "文件里的内容超过 {most} 个部分（工作表、图片等）。请只保留要导入的工作表，另存后再上传。")
            }
            Self::StrayName => f.write_str("文件内部的名称不正常，不能导入。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
            Self::Entities => f.write_str("文件内部有不允许的声明（DOCTYPE），不能导入。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
            Self::TooManyRows(most) => write!(f, "文件超过 {most} 行。请分成几份导入。"),
            Self::TooManyColumns(most, tab) => write!(f, "工作表“{tab}”超过 {most} 列。请删去不用的列后再上传。"),
            Self::CellTooLong(most, place) => write!(f, "{place}的内容超过 {most} 个字，请缩短后再上传。"),
            Self::Letters => f.write_str("文件里的文字读不出来：既不是 UTF-8，也不是 GB18030。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
            Self::OpenQuote(row) => write!(f, "第 {row} 行的引号没有成对，后面的内容读不出来。请改正后再上传，或另存为 .xlsx。"),
        }
    }
}

impl From<Unreadable> for Refusal {
    fn from(problem: Unreadable) -> Self {
        let kind = match problem {
            Unreadable::FileTooLarge(_) | Unreadable::Bomb(_) => Kind::TooLarge,
            _ => Kind::Invalid,
        };
        Refusal::new(kind, problem.to_string()).field("file", problem.to_string())
    }
}

impl From<Unreadable> for kernel::Error {
    fn from(problem: Unreadable) -> Self {
        Self::Refused(problem.into())
    }
}
