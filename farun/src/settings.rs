//! Settings: by flag, environment (`FARUN_*`) or `farun.toml`, in this order.

use kernel::Fault;
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use store::Location;
use web::{Settings, TileSource};

/// Where the data is, as given on the command line.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// Folder that holds `farun.db`, `keys/`, `files/` and perhaps `farun.toml`.
    #[arg(long, env = "FARUN_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// PostgreSQL instead of SQLite: `postgres://user:password@host/database`. Keys stay in the data folder.
    #[arg(long, env = "FARUN_DATABASE_URL", global = true)]
    pub database_url: Option<String>,
}

impl Place {
    /// A SQLite installation in that folder.
    #[must_use]
    pub fn folder(data: &Path) -> Self {
        Self { data: data.to_owned(), database_url: None }
    }

    /// Reads `farun.toml` of the place; what the command line did not say, it says.
    ///
    /// # Errors
    /// A fault that names the file and what is wrong with it.
    pub fn settle(&mut self) -> Result<Config, Fault> {
        let mut config = Config::read(&self.data)?;
        if self.database_url.is_none() {
            self.database_url.clone_from(&config.database_url);
        }
        config.database_url.clone_from(&self.database_url);
        Ok(config)
    }

    /// The database.
    #[must_use]
    pub fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(self.data.join("farun.db")),
        }
    }
}

/// `farun.toml`: everything is optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// PostgreSQL instead of SQLite, as `--database-url`.
    pub database_url: Option<String>,
    /// All pages on one address, as `--listen`.
    pub listen: Option<SocketAddr>,
    /// Pages for citizens only, as `--listen-public`.
    pub listen_public: Option<SocketAddr>,
    /// Staff pages, as `--listen-staff`.
    pub listen_staff: Option<SocketAddr>,
    /// Code of the county-level unit at founding; 320412 unless set.
    pub region: Option<u32>,
    /// Short name in the header.
    pub brand: Option<String>,
    /// The district.
    pub district: Option<String>,
    /// The bureau.
    pub bureau: Option<String>,
    /// The hotline.
    pub hotline: Option<String>,
    /// The address citizens use.
    pub public_url: Option<String>,
    /// The address staff use, if it is another.
    pub staff_url: Option<String>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Lines of the footer: ICP, 公安备案, 网站标识码.
    #[serde(default)]
    pub footer: Vec<String>,
    /// Map tiles.
    pub tiles: Option<Tiles>,
    /// Requests worked on at once.
    pub capacity: Option<usize>,
    /// Backups by the clock.
    pub backup: Option<crate::backup::BackupPlan>,
    /// The provider of SMS; without one nothing is sent outside, and everything else works.
    pub sms: Option<outreach::SmsSettings>,
    /// The data folder that these settings are of.
    #[serde(skip)]
    pub data: PathBuf,
    /// Folder that is given the audit trail's heads every hour, best on another machine.
    pub witness: Option<PathBuf>,
    /// A ClamAV daemon that is asked about every file that is sent: `127.0.0.1:3310` or `/run/clamav/clamd.ctl`.
    pub clamd: Option<String>,
    /// `false` where a name below ours must stay reachable without TLS; otherwise browsers use TLS for all of them.
    pub hsts_subdomains: Option<bool>,
}

/// A source of map tiles.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiles {
    /// Address with `{x}`, `{y}`, `{z}`, and perhaps `{s}` and the key.
    pub url: String,
    /// What must be shown beside the map.
    pub attribution: String,
    /// Values of `{s}`.
    #[serde(default)]
    pub subdomains: String,
    /// The deepest zoom.
    #[serde(default = "deepest")]
    pub max_zoom: u8,
    /// `wgs84` or `gcj02`.
    #[serde(default = "wgs84")]
    pub crs: String,
}

fn deepest() -> u8 {
    18
}

fn wgs84() -> String {
    "wgs84".to_owned()
}

impl Config {
    /// Reads `farun.toml` in the data folder, if it is there.
    ///
    /// # Errors
    /// A fault that names the file and what is wrong with it.
    pub fn read(data: &Path) -> Result<Self, Fault> {
        let path = data.join("farun.toml");
        if !path.exists() {
            return Ok(Self { data: data.to_owned(), ..Self::default() });
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Fault::from(e).context(format!("cannot read {}", path.display())))?;
        let config: Self =
            toml::from_str(&text).map_err(|e| Fault::new(format!("{}: {e}", path.display())))?;
        Ok(Self { data: data.to_owned(), ..config })
    }

    /// The provider of SMS, ready to be asked; its secret comes from the environment, else from the file named.
    ///
    /// # Errors
    /// A fault that names the setting that is wrong.
    pub fn sms(&self) -> Result<Option<outreach::Sms>, Fault> {
        let Some(settings) = self.sms.clone() else { return Ok(None) };
        #[expect(clippy::disallowed_methods, reason = "the composition root reads the environment")]
        let told = std::env::var("FARUN_SMS_SECRET").ok();
        let secret = match (told, &settings.secret_file) {
            (Some(secret), _) => secret,
            (None, Some(file)) => {
                let path = self.data.join(file);
                std::fs::read_to_string(&path)
                    .map_err(|e| Fault::from(e).context(format!("sms.secret_file {}", path.display())))?
            }
            (None, None) => String::new(),
        };
        outreach::Sms::new(settings, secret, &self.data).map(Some)
    }

    /// The settings that pages see.
    ///
    /// # Errors
    /// A fault that names the setting that is wrong.
    pub fn settings(&self, public_url: Option<String>, demo: bool) -> Result<Settings, Fault> {
        let usual = Settings::default();
        let tiles = self.tiles.clone().map(|t| TileSource {
            url: t.url,
            attribution: t.attribution,
            subdomains: t.subdomains,
            max_zoom: t.max_zoom,
            crs: t.crs,
        });
        let public_url = public_url
            .or_else(|| self.public_url.clone())
            .unwrap_or(usual.public_url)
            .trim_end_matches('/')
            .to_owned();
        let staff_url = self
            .staff_url
            .as_ref()
            .map_or_else(|| public_url.clone(), |url| url.trim_end_matches('/').to_owned());
        Ok(Settings {
            brand: self.brand.clone().unwrap_or(usual.brand),
            district: self.district.clone().unwrap_or(usual.district),
            bureau: self.bureau.clone().unwrap_or(usual.bureau),
            hotline: self.hotline.clone().unwrap_or(usual.hotline),
            public_url,
            staff_url,
            trusted_proxies: self.trusted_proxies.clone(),
            footer: self.footer.clone(),
            tiles,
            demo,
            capacity: self.capacity.unwrap_or(usual.capacity),
            witness_folder: self.witness.clone(),
            hsts_subdomains: self.hsts_subdomains.unwrap_or(usual.hsts_subdomains),
            clamd: self.clamd.as_deref().map(str::parse).transpose()?,
        })
    }
}
