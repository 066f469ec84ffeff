//! What every request can reach: database, business clock, settings, sessions, assets, modules.

use crate::{module::Module, session::Sessions};
use kernel::{Calendar, Clock};
use std::{ops::Deref, sync::Arc};
use store::Db;

/// A file served under `/assets/`.
#[derive(Debug, Clone, Copy)]
pub struct AssetFile {
    /// MIME type.
    pub content_type: &'static str,
    /// Gzip-compressed content.
    pub gz: &'static [u8],
    /// Whether the requested name carried the content hash (then it may be cached for good).
    pub immutable: bool,
}

/// Where map tiles come from; without one the map is our own schematic.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TileSource {
    /// Address with `{x}`, `{y}`, `{z}` and perhaps `{s}`.
    pub url: String,
    /// What must be shown beside the map (owner, 审图号).
    pub attribution: String,
    /// Values of `{s}`.
    pub subdomains: String,
    /// The deepest zoom.
    pub max_zoom: u8,
    /// `wgs84` (Tianditu) or `gcj02` (AMap).
    pub crs: String,
}

/// Settings that pages show or obey.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Short name in the header: 法润·武进.
    pub brand: String,
    /// The district: 武进区.
    pub district: String,
    /// The bureau: 常州市武进区司法局.
    pub bureau: String,
    /// The hotline shown on every page.
    pub hotline: String,
    /// The address people reach the public pages at, without a trailing slash.
    pub public_url: String,
    /// The address staff reach their pages at, without a trailing slash; the same unless listeners are apart.
    pub staff_url: String,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Lines of the footer (ICP, 公安备案, 网站标识码).
    pub footer: Vec<String>,
    /// Map tiles, if configured.
    pub tiles: Option<TileSource>,
    /// Shown across every page of an invented world.
    pub demo: bool,
    /// At most this many requests are worked on at once; more are asked to come back.
    pub capacity: usize,
    /// A folder outside the database, best on another machine, that is given the audit trail's heads every hour.
    pub witness_folder: Option<std::path::PathBuf>,
    /// Over TLS browsers are told to use TLS for all names below ours too.
    pub hsts_subdomains: bool,
    /// A ClamAV daemon that is asked about every file that is sent.
    pub clamd: Option<crate::Clamd>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brand: "法润·武进".to_owned(),
            district: "武进区".to_owned(),
            bureau: "常州市武进区司法局".to_owned(),
            hotline: "12348".to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            staff_url: "http://127.0.0.1:8080".to_owned(),
            trusted_proxies: Vec::new(),
            footer: Vec::new(),
            tiles: None,
            demo: false,
            capacity: 256,
            witness_folder: None,
            hsts_subdomains: true,
            clamd: None,
        }
    }
}

/// The parts of an [`App`].
pub struct AppParts {
    /// The database.
    pub db: Db,
    /// Business time: stands still in the demonstration, runs elsewhere.
    pub clock: Arc<dyn Clock>,
    /// Working days.
    pub calendar: Calendar,
    /// Settings.
    pub settings: Settings,
    /// Who is logged in.
    pub sessions: Arc<dyn Sessions>,
    /// The address of an asset by its plain name.
    pub asset_url: fn(&str) -> String,
    /// The asset of a plain or hashed name.
    pub asset: fn(&str) -> Option<AssetFile>,
    /// All modules.
    pub modules: Vec<Module>,
    /// The OpenAPI document, put together by the binary.
    pub openapi: String,
    /// Renders the metrics of the process.
    pub metrics: fn() -> String,
}

/// The application, shared by all requests; cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

impl App {
    /// Puts the application together.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Everything of that type that modules offer, lowest module first.
    pub fn extensions<T: std::any::Any>(&self) -> impl Iterator<Item = &T> {
        self.0.modules.iter().flat_map(|module| &module.extensions).filter_map(|extension| extension.get())
    }

    /// The business day.
    #[must_use]
    pub fn today(&self) -> kernel::Day {
        self.0.clock.now().day()
    }
}

impl Deref for App {
    type Target = AppParts;
    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}
