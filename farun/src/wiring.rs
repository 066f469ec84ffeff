//! Puts the application together: keys, database, migrations, clock, modules.

use crate::{
    Config, Place,
    backup::{self, Source},
    clock::SystemClock,
    modules,
};
use kernel::{Calendar, Clock, Fault, FixedClock, Moment, Region};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, OnceLock};
use store::{Db, Keyring, Location};
use web::{App, AppParts, AssetFile};

/// The setting that holds the business clock of a demonstration, in microseconds.
pub const BUSINESS_CLOCK: &str = "business_clock";
/// The setting that marks invented data.
pub const DEMO: &str = "demo";

/// Opens the database of a place and brings it up to date.
///
/// # Errors
/// A fault that names what could not be opened.
pub async fn open(place: &Place) -> Result<Db, Fault> {
    std::fs::create_dir_all(&place.data).map_err(|e| {
        Fault::from(e).context(format!("cannot make the data folder {}", place.data.display()))
    })?;
    std::fs::create_dir_all(place.data.join("files"))?;
    let keys = Keyring::open_or_create(&place.data.join("keys"))?;
    let db = Db::open(&place.location(), keys, Arc::new(SystemClock)).await?;
    migrate(&db).await?;
    // A full disk keeps nobody from reading.
    if let Err(fault) = db.survey().await {
        tracing::warn!(%fault, "statements are planned with what was known before");
    }
    Ok(db)
}

/// Opens the database of a place that must exist already.
///
/// # Errors
/// A fault if there is no installation.
pub async fn open_existing(place: &Place) -> Result<Db, Fault> {
    must_exist(place)?;
    let db = open(place).await?;
    must_be_founded(&db)?;
    Ok(db)
}

/// Opens the database of a place that must exist already, and leaves it as it is: no migration runs, no key is made. A
/// backup before an upgrade must hold what the release before can open, while that release still serves.
///
/// # Errors
/// A fault if there is no installation.
pub async fn open_as_it_is(place: &Place) -> Result<Db, Fault> {
    must_exist(place)?;
    let keys = Keyring::file_in(&place.data.join("keys"));
    let keys = if keys.exists() { Keyring::open_file(&keys)? } else { Keyring::none() };
    let db = Db::open(&place.location(), keys, Arc::new(SystemClock)).await?;
    db.load_region().await.map_err(|fault| fault.context("there is no installation in this database"))?;
    must_be_founded(&db)?;
    Ok(db)
}

fn must_exist(place: &Place) -> Result<(), Fault> {
    match place.location() {
        Location::Sqlite(path) if !path.exists() => Err(Fault::new(format!(
            "no installation in {}: run `farun serve --data {0}` or `farun demo --data {0}` first",
            place.data.display()
        ))),
        _ => Ok(()),
    }
}

fn must_be_founded(db: &Db) -> Result<(), Fault> {
    let empty = "the installation is empty: run `farun serve` once and follow the set-up link";
    db.region().map(|_| ()).map_err(|_| Fault::new(empty))
}

/// Applies the migrations of all modules; returns the newest version.
///
/// # Errors
/// A fault if one fails.
pub async fn migrate(db: &Db) -> Result<i64, Fault> {
    let all: Vec<_> = modules().iter().flat_map(|module| module.migrations).copied().collect();
    store::migrate(db, &all).await
}

/// Founds an empty installation: region, standard dictionaries, lay words.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn found(db: &Db, region: u32) -> kernel::Result<()> {
    if db.region().is_ok() {
        return Ok(());
    }
    let region =
        Region::new(region).ok_or_else(|| Fault::new(format!("{region} is no six-digit county code")))?;
    db.found(region).await?;
    let mut tx = db.begin_write().await?;
    parties::install_standard_terms(&mut tx).await?;
    portal::install_lay_words(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Business time: stands still where the installation says so, runs elsewhere.
///
/// # Errors
/// A fault if the setting cannot be read.
pub async fn business_clock(db: &Db) -> Result<Arc<dyn Clock>, Fault> {
    let mut tx = db.begin_read().await?;
    Ok(match store::setting(&mut tx, BUSINESS_CLOCK).await?.and_then(|text| text.parse().ok()) {
        Some(micros) => Arc::new(FixedClock(Moment::from_micros(micros))),
        None => Arc::new(SystemClock),
    })
}

/// Whether the data is invented.
///
/// # Errors
/// A fault if the setting cannot be read.
pub async fn is_demo(db: &Db) -> Result<bool, Fault> {
    let mut tx = db.begin_read().await?;
    Ok(store::setting(&mut tx, DEMO).await?.is_some())
}

/// The application over an open database.
///
/// # Errors
/// A fault if the database cannot be read.
pub async fn app(db: Db, config: &Config, public_url: Option<String>) -> Result<App, Fault> {
    let demo = is_demo(&db).await?;
    let clock = business_clock(&db).await?;
    metrics_handle();
    Ok(App::new(AppParts {
        clock,
        calendar: Calendar::published(),
        settings: config.settings(public_url, demo)?,
        sessions: Arc::new(identity::DbSessions),
        asset_url: assets::url,
        asset,
        modules: with_own_work(config)?,
        openapi: modules::openapi().to_json()?,
        metrics: || metrics_handle().map(PrometheusHandle::render).unwrap_or_default(),
        db,
    }))
}

/// The modules, and what the binary itself does by the clock.
fn with_own_work(config: &Config) -> Result<Vec<web::Module>, Fault> {
    let source = Source { data: config.data.clone(), database_url: config.database_url.clone() };
    let providers = web::Module {
        extensions: config.sms()?.map(web::Extension::new).into_iter().collect(),
        ..web::Module::new("providers", &[])
    };
    Ok(modules().into_iter().chain([backup::module(config.backup.clone(), source), providers]).collect())
}

/// The number of the newest migration of all modules.
#[must_use]
pub(crate) fn newest_migration() -> i64 {
    let all = modules();
    let own = store::MIGRATIONS.iter();
    own.chain(all.iter().flat_map(|module| module.migrations))
        .filter_map(|migration| migration.file.split('_').next()?.parse().ok())
        .max()
        .unwrap_or(0)
}

fn asset(name: &str) -> Option<AssetFile> {
    let asset = assets::get(name)?;
    Some(AssetFile { content_type: asset.content_type, gz: asset.gz, immutable: name == asset.hashed })
}

/// Lets the metrics sum up what they were told: until then they keep every single duration. Once a minute.
pub(crate) fn sum_up_metrics() {
    if let Some(handle) = metrics_handle() {
        handle.run_upkeep();
    }
}

fn metrics_handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}
