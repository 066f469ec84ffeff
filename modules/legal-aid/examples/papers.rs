//! Writes every kind of documents of a case into a folder, filled with invented values: `papers FOLDER`. And one that is
//! left unfilled, and one that is no document, which whoever looks through the folder must find.
//!
//! `cargo xtask papers` calls it and has LibreOffice open what was written.

use documents::{Kind, Subject};
use docx::{Template, Values};
use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let module = legal_aid::module();
    let subject = module.extensions.iter().find_map(|extension| extension.get::<Subject>());
    let subject = subject.ok_or("no subject")?;
    let mut values = invented(subject);
    let mut kinds = 0;
    for kind in module.extensions.iter().filter_map(|extension| extension.get::<Kind>()) {
        let bytes = kind.default_template().map_err(|fault| fault.to_string())?;
        if kinds == 0 {
            fs::write(folder.join("planted-unfilled.docx"), &bytes)?;
            fs::write(folder.join("planted-broken.docx"), &bytes[..bytes.len() / 2])?;
        }
        kinds += 1;
        values.set("文书名称", kind.title);
        values.set("文书编号", format!("{}〔2022〕{kinds}号", kind.word));
        let filled = Template::read(&bytes)?.fill(&values).map_err(|fault| fault.to_string())?;
        if !filled.missing.is_empty() {
            return Err(format!("{}: {:?} have no value", kind.title, filled.missing).into());
        }
        fs::write(folder.join(format!("{}.docx", kind.id)), filled.bytes)?;
        fs::write(folder.join(format!("{}.title", kind.id)), kind.title)?;
    }
    Ok(())
}

/// A value for every field, the long ones as long as people write them.
fn invented(subject: &Subject) -> Values {
    const STORY: &str = "2021年9月至11月，申请人在某工地做木工，约定每日四百元。完工后对方以没有结算为由拖欠工资共计一万八千元，\
        申请人多次讨要没有结果。\n现请求支付全部劳动报酬，并承担逾期付款的利息。";
    let mut values = Values::new();
    for field in subject.fields() {
        let long =
            ["案情", "内容", "说明", "意见", "理由", "原因"].iter().any(|word| field.name.contains(word));
        let value = match field.name {
            "申请人" => "陈阿大",
            "身份证号" => "11010519491231002X",
            "电话" => "13800001000",
            "事项" => "请求支付劳动报酬",
            "承办单位" => "江苏示例律师事务所",
            "住址" => "武进区洛阳镇谈家头村示例组18号",
            "案号" => "（2022）武法援民字第318号",
            name if name.ends_with("日期") => "2022年3月10日",
            _ if long => STORY,
            name => name,
        };
        values.set(field.name, value);
    }
    let text = |text: &str| text.to_owned();
    values.set_list(
        "材料",
        ["名称"],
        ["身份证明", "工资欠条", "经济困难状况说明表"].map(|paper| [text(paper)]).into(),
    );
    let progress = [text("2022年3月15日"), text(STORY), text("王律师")];
    values.set_list("进展", ["日期", "内容", "报告人"], vec![progress.clone(), progress]);
    let paper = [text("给予法律援助决定书"), text("援给〔2022〕7号"), text("2022年3月4日")];
    values.set_list("文书", ["名称", "编号", "送达日期"], vec![paper]);
    values
}
