//! Listens and answers until told to stop; then finishes what was begun.

use crate::{
    Config,
    connections::{self, Patience},
};
use axum::http::Request;
use hyper::body::Incoming;
use kernel::Fault;
use std::net::SocketAddr;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinSet,
};
use web::{App, Door};

/// Where to listen.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Listen {
    /// All pages on one address.
    #[arg(long, env = "FARUN_LISTEN", conflicts_with_all = ["listen_public", "listen_staff"])]
    pub listen: Option<SocketAddr>,
    /// Pages for citizens only: staff pages do not exist there.
    #[arg(long, env = "FARUN_LISTEN_PUBLIC")]
    pub listen_public: Option<SocketAddr>,
    /// Staff pages (and the public ones).
    #[arg(long, env = "FARUN_LISTEN_STAFF")]
    pub listen_staff: Option<SocketAddr>,
    /// The address citizens use, for QR codes and links.
    #[arg(long, env = "FARUN_PUBLIC_URL")]
    pub public_url: Option<String>,
}

impl Listen {
    /// What the command line did not say, `farun.toml` says.
    #[must_use]
    pub fn settled(mut self, config: &Config) -> Self {
        if self.listen.is_none() && self.listen_public.is_none() && self.listen_staff.is_none() {
            self.listen = config.listen;
            self.listen_public = config.listen_public;
            self.listen_staff = config.listen_staff;
        }
        self
    }

    /// The addresses, each with whether it is for citizens only.
    #[must_use]
    pub fn addresses(&self) -> Vec<(SocketAddr, bool)> {
        let apart = [(self.listen_public, true), (self.listen_staff, false)];
        let apart: Vec<_> =
            apart.into_iter().filter_map(|(address, public)| Some((address?, public))).collect();
        if apart.is_empty() {
            return vec![(self.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))), false)];
        }
        apart
    }
}

/// Binds the addresses; a taken one is named.
///
/// # Errors
/// A fault that names the address.
pub fn bind(listen: &Listen) -> Result<Vec<(TcpListener, bool)>, Fault> {
    let mut listeners = Vec::new();
    for (address, public) in listen.addresses() {
        let listener =
            listener(address).map_err(|e| Fault::from(e).context(format!("cannot listen on {address}")))?;
        listeners.push((listener, public));
    }
    Ok(listeners)
}

/// So many connections may wait to be accepted; the system may allow fewer (`net.core.somaxconn`). The usual 128 are
/// full within a blink when many come at once, and who is left out tries again after a second only.
const WAITING: u32 = 4096;

fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again need not wait for the last one's connections to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `stop` says so, then closes the database.
///
/// # Errors
/// A fault if a listener breaks.
pub async fn serve(
    app: App,
    listeners: Vec<(TcpListener, bool)>,
    stop: watch::Receiver<bool>,
) -> Result<(), Fault> {
    let mut tasks = JoinSet::new();
    let door = Door::new(&app);
    let door = move |request: &Request<Incoming>| door.turned_away(request.method(), request.uri().path());
    for (listener, public) in listeners {
        let router = web::router(&app, public);
        tasks.spawn(connections::answer(listener, router, door.clone(), Patience::here(), stop.clone()));
    }
    let chores = tokio::spawn(crate::jobs::keep_time(app.clone()));
    while let Some(done) = tasks.join_next().await {
        done?;
    }
    chores.abort();
    app.db.close().await
}

/// Resolves when the process is asked to stop (Ctrl-C or SIGTERM).
pub async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
