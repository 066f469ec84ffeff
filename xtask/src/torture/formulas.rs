//! S8: texts that spreadsheets take for formulas, in every field that people type; then every export and the workbook
//! with import errors is opened by LibreOffice, and nothing in it may be alive.

use super::{
    Result, Setting,
    archive::{MULTIPART, cell, upload, workbook},
    crawl::crawl,
    judge::Sql,
    output, site,
    site::Launch,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

/// What is put before a text, as SQL: signs that begin formulas, marks that hide them, full-width twins.
const BEFORE: &[&str] = &[
    "'=1+1+'",
    "'+1+1'",
    "'-1+1+'",
    "'@SUM(1)'",
    "char(9) || '=1+1'",
    "char(13) || '=1+1'",
    "char(10) || '=1+1'",
    "char(0) || '=1+1'",
    "'＝1+1'",
    "'＋1+1'",
    "'－1+1'",
    "'＠SUM(1)'",
    "'=cmd|''/c calc''!A0'",
    "'=HYPERLINK(\"http://127.0.0.1\",\"a\")'",
    "' =1+1'",
    "'\"=1+1'",
    "';=1+1;'",
];
/// The same for the cells of an imported file.
const CELLS: &[&str] = &[
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    "＠SUM(1)",
    "=cmd|'/c calc'!A0",
    "\r=1+1",
    "\0=1",
];
/// Tables whose texts are ours, with a chain of hashes over them.
const OURS: &str = "'audit_row', 'audit_head', 'tally_fact', 'tally_place', 'tally_total', 'installation', 'job_run', 'idempotency_reply'";
/// Who exports, and where the walk to the exports begins.
const PEOPLE: &[(&str, &[&str])] = &[
    (
        "manager",
        &[
            "/desk",
            "/statistics/2022Q1",
            "/persons",
            "/places",
            "/checks",
            "/callbacks",
            "/retention",
            "/statistics/ledgers",
        ],
    ),
    ("auditor", &["/desk", "/audit"]),
    ("sysadmin", &["/desk", "/accounts", "/checks"]),
];

pub(crate) fn formulas(setting: &Setting) -> Result<bool> {
    let world = site::world(setting)?;
    let folder = setting.folder("formulas")?;
    site::copy(&world, &folder)?;
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let poisoned = poison(&sql)?;
    let launch = Launch::new(setting, &folder)?;
    let server = launch.start()?;
    let out = folder.join("exports");
    fs::create_dir_all(&out)?;
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (name, starts) in PEOPLE {
        let (mut client, token) = site::log_in(launch.address, name)?;
        let found = crawl(&mut client, starts, 200)?;
        let mut seen = BTreeMap::new();
        for link in &found.files {
            // The same export is offered with many filters: three of each are enough.
            let times: &mut usize = seen.entry(super::crawl::kind_of(link)).or_default();
            *times += 1;
            if *times > 3 {
                continue;
            }
            let answer = client.get(link)?;
            if answer.status != 200 {
                return Err(format!("{link} answered {} to {name}", answer.status).into());
            }
            let ending = if link.split('?').next().is_some_and(|path| path.ends_with(".csv")) {
                "csv"
            } else {
                "xlsx"
            };
            let path = out.join(format!("{name}{}.{ending}", files.len()));
            fs::write(&path, &answer.body)?;
            files.insert(format!("{name} {link}"), path);
        }
        if *name == "manager" {
            let path = out.join("errors.xlsx");
            fs::write(&path, errors(&mut client, &token)?)?;
            files.insert("the workbook with import errors".to_owned(), path);
        }
    }
    server.kill()?;
    // The planted faults: a workbook and a CSV file with real formulas.
    let alive = out.join("planted.xlsx");
    fs::write(
        &alive,
        workbook(&format!("<row r=\"1\">{}<c r=\"B1\"><f>1+1</f><v>2</v></c></row>", cell("a")), &[])?,
    )?;
    let alive_csv = out.join("plantedtoo.csv");
    fs::write(&alive_csv, "a,=1+1\n")?;
    let every: Vec<&Path> =
        files.values().map(PathBuf::as_path).chain([alive.as_path(), alive_csv.as_path()]).collect();
    open(&folder, &every)?;
    let (mut live, mut cells, mut hostile) = (Vec::new(), 0, 0);
    for (name, path) in &files {
        let opened = Opened::of(path)?;
        cells += opened.cells;
        hostile += opened.hostile;
        if opened.formulas > 0 {
            live.push(format!("{name}: {}", opened.formulas));
        }
    }
    for line in &live {
        println!("  {line}");
    }
    let planted = [&alive, &alive_csv]
        .into_iter()
        .map(|path| Ok(Opened::of(path)?.formulas))
        .collect::<Result<Vec<_>>>()?;
    let noticed = planted.iter().all(|formulas| *formulas == 1);
    let value = format!(
        "{poisoned} texts of the database and {} cells of an import made hostile; {} files opened by LibreOffice ({cells} cells, {hostile} of them hostile): {} with live formulas; planted formulas {}",
        CELLS.len(),
        files.len(),
        live.len(),
        if noticed { "noticed" } else { "NOT NOTICED" },
    );
    setting.report(
        "S8",
        "formulas in exports",
        &value,
        live.is_empty() && noticed && hostile > 100 && files.len() >= 10,
    )
}

/// Puts something hostile before every Chinese text in some rows of every table; how many took it.
fn poison(sql: &Sql) -> Result<i64> {
    let columns = sql.rows(&format!(
        "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c on lower(c.type) = 'text'
         where m.type = 'table' and m.name not in ({OURS}) and m.name not like 'sqlite_%'"
    ))?;
    let mut changed = 0;
    for (nth, column) in columns.iter().enumerate() {
        let [table, name] = column.as_slice() else { continue };
        let before: String = (0..BEFORE.len())
            .map(|at| format!(" when {at} then {}", BEFORE[(at + nth) % BEFORE.len()]))
            .collect();
        let done = sql.number(&format!(
            "update or ignore {table} set {name} = case rowid % {} {before} end || {name}
             where {name} glob '*[^ -~]*' and substr({name}, 1, 1) not in ('{{', '[')
             and rowid in (select rowid from {table} order by rowid desc limit 400); select changes()",
            BEFORE.len()
        ));
        // A column that accepts a few words only refuses: that is no hole.
        changed += done.unwrap_or(0);
    }
    Ok(changed)
}

/// Imports a file in which every cell is wrong, and takes the workbook that says so.
fn errors(client: &mut super::http::Client, token: &str) -> Result<Vec<u8>> {
    let mut file = "姓名,身份证号,性别,出生日期,电话,镇（街道）,村（社区）,地址,人群,备注\n".to_owned();
    for nth in 0..CELLS.len() {
        let cells = (0..10).map(|at| format!("\"{}\"", CELLS[(nth + at) % CELLS.len()].replace('\0', "")));
        file.push_str(&cells.collect::<Vec<_>>().join(","));
        file.push('\n');
    }
    let answer =
        client.post_as("/imports/persons/new", MULTIPART, &upload(token, "a.csv", file.as_bytes()))?;
    if answer.status != 303 {
        return Err(format!("the import answered {}", answer.status).into());
    }
    for _ in 0..100 {
        let saved = client.get(&format!("{}/errors.xlsx", answer.location))?;
        if saved.status == 200 {
            return Ok(saved.body);
        }
        thread::sleep(Duration::from_millis(200));
    }
    Err("the import made no workbook with errors".into())
}

/// Has LibreOffice open the files and write down what it sees, in a home of its own.
fn open(folder: &Path, files: &[&Path]) -> Result<()> {
    let home = format!("-env:UserInstallation=file://{}", folder.join("office").display());
    for (ending, filter) in [
        ("xlsx", None),
        // Comma, quotes, UTF-8, every line; no guessing of numbers; formulas are evaluated.
        (
            "csv",
            Some(
                "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1,true",
            ),
        ),
    ] {
        let some: Vec<&&Path> =
            files.iter().filter(|path| path.extension().is_some_and(|own| own == ending)).collect();
        let mut command = Command::new("timeout");
        command.args(["300", "soffice", "--headless", "--norestore", &home]).args(filter);
        command.args(["--convert-to", "fods", "--outdir"]).arg(folder.join("exports")).args(some);
        output(&mut command)?;
    }
    Ok(())
}

/// What LibreOffice saw.
struct Opened {
    formulas: usize,
    cells: usize,
    /// Cells whose text would be a formula, were it taken for one.
    hostile: usize,
}

impl Opened {
    fn of(path: &Path) -> Result<Self> {
        let path = path.with_extension("fods");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            formulas: text.matches("table:formula=").count(),
            cells: text.matches("<table:table-cell").count(),
            hostile: ["1+1", "SUM(1)", "cmd|", "HYPERLINK("]
                .iter()
                .map(|mark| text.matches(mark).count())
                .sum(),
        })
    }
}
