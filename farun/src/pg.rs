//! PostgreSQL's own tools for backups: `pg_dump` and `pg_restore` must be installed where farun backs up.

use kernel::{Fault, Refusal};
use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use store::{
    Db, Tx,
    backup::{Content, Line, Manifest, Repository, Written},
    params,
};

/// Stores what `pg_dump` writes of the moment that the transaction sees.
pub(crate) async fn dump(
    tx: &mut Tx,
    url: &str,
    repository: &Arc<Repository>,
) -> kernel::Result<(Content, Written)> {
    let snapshot: String = tx.scalar("select pg_export_snapshot()", params![]).await?;
    // Not packed by pg_dump: packed bytes all change when one does, and the blocks are packed anyway.
    let args = [
        "--format=custom",
        "--compress=0",
        "--no-owner",
        "--no-privileges",
        &format!("--snapshot={snapshot}"),
    ];
    let mut child = start("pg_dump", url, &args, Stdio::piped())?;
    let mut output = child.stdout.take().ok_or_else(|| Fault::new("pg_dump has no output"))?;
    let (send, mut receive) = tokio::sync::mpsc::channel::<Vec<u8>>(4);
    let reading = tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = output.read(&mut buffer)?;
            // Nobody listens any more: storing has failed, and that is told there.
            if read == 0 || send.blocking_send(buffer[..read].to_vec()).is_err() {
                return Ok::<_, std::io::Error>(());
            }
        }
    });
    let mut line = Line::new(repository);
    let mut stored = Ok(());
    while let Some(bytes) = receive.recv().await {
        stored = line.push_by_content(&bytes).await;
        if stored.is_err() {
            receive.close();
            break;
        }
    }
    reading.await.map_err(Fault::from)?.map_err(Fault::from)?;
    let ended = finished("pg_dump", child);
    stored?;
    ended?;
    Ok(line.finish().await?)
}

/// Plays a dump into an empty database.
pub(crate) fn restore(dump: &Path, url: &str) -> kernel::Result<()> {
    let file = dump.to_string_lossy();
    let args = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", &file];
    finished("pg_restore", start("pg_restore", url, &args, Stdio::null())?)
}

/// A database of our own on the installation's server, for the length of a drill.
pub(crate) struct Throwaway {
    /// The installation's database, by way of which ours is made and removed.
    by: String,
    url: String,
    name: String,
}

impl Throwaway {
    /// Makes it; none if the account may not create databases.
    pub(crate) async fn create(db: &Db, url: &str) -> kernel::Result<Option<Self>> {
        let mut tx = db.begin_read().await?;
        let may: i64 = tx
            .scalar(
                "select count(*) from pg_roles where rolname = current_user and (rolcreatedb or rolsuper)",
                params![],
            )
            .await?;
        // The name is this database's own: what an interrupted drill left is found, and nobody else's is touched.
        let number: i64 = tx
            .scalar(
                "select cast(oid as bigint) from pg_database where datname = current_database()",
                params![],
            )
            .await?;
        drop(tx);
        let name = format!("farun_drill_{number}");
        let Some(own) = with_database(url, &name) else { return Ok(None) };
        if may == 0 {
            return Ok(None);
        }
        let throwaway = Self { by: url.to_owned(), url: own, name };
        throwaway.drop_it()?;
        let args = ["--template=template0", "--encoding=UTF8", "--locale=C", &throwaway.name];
        finished("createdb", start_by("--maintenance-db", "createdb", url, &args, Stdio::null())?)?;
        Ok(Some(throwaway))
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Removes it, whoever is still connected.
    pub(crate) fn remove(self) -> kernel::Result<()> {
        self.drop_it()
    }

    fn drop_it(&self) -> kernel::Result<()> {
        let args = ["--if-exists", "--force", &self.name];
        finished("dropdb", start_by("--maintenance-db", "dropdb", &self.by, &args, Stdio::null())?)
    }
}

/// The address of another database on the same server; none if the address does not say plainly which one it means.
fn with_database(url: &str, name: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, format!("?{query}")),
        None => (rest, String::new()),
    };
    if query.contains("dbname=") {
        return None;
    }
    let authority = place.split('/').next().unwrap_or(place);
    Some(format!("{scheme}://{authority}/{name}{query}"))
}

/// Reads a dump to its end without a database; what is wrong is returned, in Chinese.
pub(crate) fn read_through(
    repository: &Repository,
    manifest: &Manifest,
    target: &Path,
) -> kernel::Result<Vec<String>> {
    std::fs::create_dir_all(target).map_err(Fault::from)?;
    let draft = target.join("dump.part");
    let findings = repository.write_out(&manifest.database, &draft)?;
    if !findings.is_empty() {
        return Ok(findings);
    }
    let child = spawn(command("pg_restore").arg("--file=/dev/null").arg(&draft), "pg_restore")?;
    match finished("pg_restore", child) {
        Ok(()) => Ok(Vec::new()),
        Err(error) => Ok(vec![error.to_string()]),
    }
}

#[expect(clippy::disallowed_methods, reason = "PostgreSQL can only be dumped by its own tool")]
fn command(tool: &str) -> Command {
    let mut command = Command::new(tool);
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn start(tool: &str, url: &str, args: &[&str], output: Stdio) -> kernel::Result<Child> {
    start_by("--dbname", tool, url, args, output)
}

/// Starts a tool, which is told the address by that option.
fn start_by(option: &str, tool: &str, url: &str, args: &[&str], output: Stdio) -> kernel::Result<Child> {
    // The password goes by the environment: everybody on the machine can read the arguments.
    let (bare, password) = without_password(url);
    let mut command = command(tool);
    command.args(args).arg(format!("{option}={bare}")).stdout(output);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    spawn(&mut command, tool)
}

fn spawn(command: &mut Command, tool: &str) -> kernel::Result<Child> {
    command.spawn().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Fault::new(format!(
                "{tool} is not installed here: install the client tools of your PostgreSQL version (package postgresql-client)"
            ))
        } else {
            Fault::from(error).context(format!("{tool} cannot be started"))
        }
        .into()
    })
}

fn finished(tool: &str, child: Child) -> kernel::Result<()> {
    let output = child.wait_with_output().map_err(Fault::from)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it said nothing").to_owned();
    Err(Refusal::invalid(format!("{tool} 没有成功：{said}")).into())
}

/// The address without its password, and the password as it was meant.
fn without_password(url: &str) -> (String, Option<String>) {
    let whole = || (url.to_owned(), None);
    let Some((scheme, rest)) = url.split_once("://") else { return whole() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else { return whole() };
    let Some((name, password)) = user.split_once(':') else { return whole() };
    (format!("{scheme}://{name}@{host}{path}"), Some(percent_decoded(password)))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, code.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_goes_to_another_database_of_the_same_server() {
        for (url, other) in [
            ("postgres://farun:a%40b@db:5432/farun", Some("postgres://farun:a%40b@db:5432/drill")),
            ("postgres://db", Some("postgres://db/drill")),
            ("postgres://u@/farun?host=/run/x", Some("postgres://u@/drill?host=/run/x")),
            ("postgres://db/?dbname=farun", None),
        ] {
            assert_eq!(with_database(url, "drill").as_deref(), other, "{url}");
        }
    }

    #[test]
    fn the_password_leaves_the_address() {
        for (url, bare, password) in [
            ("postgres://farun:a%40b%2F@db:5432/farun", "postgres://farun@db:5432/farun", Some("a@b/")),
            ("postgres://farun@db/farun", "postgres://farun@db/farun", None),
            ("postgres://db/farun?password=x", "postgres://db/farun?password=x", None),
            ("postgres://u:p@/farun?host=/run", "postgres://u@/farun?host=/run", Some("p")),
        ] {
            assert_eq!(without_password(url), (bare.to_owned(), password.map(str::to_owned)), "{url}");
        }
    }
}
