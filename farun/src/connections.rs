//! Connections of one listener: how many there may be, how long each may keep us waiting, how they end.

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use futures_util::future::Either;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{Sleep, timeout},
};
use tower::ServiceExt as _;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// From the last answer (or the beginning) to the end of the next request's head; idle connections end with it too.
    pub(crate) head: Duration,
    /// How long a reader may take nothing of an answer.
    pub(crate) stall: Duration,
    /// How long connections may take to finish when the server stops.
    pub(crate) farewell: Duration,
    /// Connections at once; the next ones wait in the system's queue.
    pub(crate) connections: usize,
}

/// Files and the database need descriptors too.
const SPARE_DESCRIPTORS: usize = 128;
const MOST_CONNECTIONS: usize = 8192;

impl Patience {
    /// As this process may: not more connections than it may have open files.
    pub(crate) fn here() -> Self {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Self {
            head: Duration::from_secs(9),
            stall: Duration::from_secs(30),
            farewell: Duration::from_secs(30),
            connections: descriptors(&limits)
                .saturating_sub(SPARE_DESCRIPTORS)
                .clamp(SPARE_DESCRIPTORS, MOST_CONNECTIONS),
        }
    }
}

/// The soft limit of open files, as Linux prints it; what is usual where it cannot be read.
fn descriptors(limits: &str) -> usize {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_whitespace().next()) {
        Some("unlimited") => usize::MAX,
        Some(text) => text.parse().unwrap_or(1024),
        None => 1024,
    }
}

/// Accepts and answers until told to stop; then lets those who are being answered finish. What the door answers comes
/// no further.
pub(crate) async fn answer(
    listener: TcpListener,
    router: Router,
    door: impl Fn(&Request<Incoming>) -> Option<Response<Body>> + Clone + Send + 'static,
    patience: Patience,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(patience.connections));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            // A lost sender means the process is ending anyway.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refused(&error).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
            continue;
        }
        let (router, door) = (router.clone(), door.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            if let Some(busy) = door(&request) {
                return Either::Left(std::future::ready(Ok(busy)));
            }
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Either::Right(router.clone().oneshot(request))
        });
        let io = TokioIo::new(Watched { stream, stall: patience.stall, waiting: None });
        let connection = graceful.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(patience.farewell, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut that did not finish in time");
    }
}

/// Nothing can be accepted: a client that went away is no news, anything else (no descriptors) gets a moment to pass.
#[expect(clippy::disallowed_methods, reason = "without a descriptor nothing tells when there is one again")]
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "no connection can be accepted");
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// A connection whose reader must go on reading.
struct Watched {
    stream: TcpStream,
    stall: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    /// Passes on what writing came to; a reader who took nothing for too long has left.
    fn watched<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waiting = None;
            return done;
        }
        let stall = self.stall;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(pause(stall)));
        match waiting.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a deadline of a connection, raced against the connection itself"
)]
fn pause(time: Duration) -> Sleep {
    tokio::time::sleep(time)
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, data);
        self.watched(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watched(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const MOMENT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(600);

    struct Site {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        done: tokio::task::JoinHandle<()>,
    }

    async fn site(patience: Patience) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let large = || async { "x".repeat(64 << 20) };
        let router = Router::new().route("/", get(|| async { "hello" })).route("/large", get(large));
        let (stop, stopped) = watch::channel(false);
        let done = tokio::spawn(answer(listener, router, |_| None, patience, stopped));
        Site { address, stop, done }
    }

    fn patience(head: Duration, stall: Duration) -> Patience {
        Patience { head, stall, farewell: MOMENT, connections: 1 }
    }

    async fn sent(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(text.as_bytes()).await.expect("sent");
        stream
    }

    async fn all(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        // A connection that was cut counts as its end.
        stream.read_to_end(&mut bytes).await.ok();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_cut_and_gives_its_place_to_the_next() {
        let site = site(patience(MOMENT, LONG)).await;
        let slow = sent(site.address, "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
        let next = sent(site.address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        assert!(!all(slow).await.contains("200 OK"));
        assert!(all(next).await.ends_with("hello"));
    }

    #[tokio::test]
    async fn a_reader_who_takes_nothing_is_cut_and_gives_his_place_to_the_next() {
        let site = site(patience(LONG, MOMENT)).await;
        let slow = sent(site.address, "GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let next = sent(site.address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        assert!(all(next).await.ends_with("hello"));
        assert!(all(slow).await.len() < 64 << 20);
    }

    #[tokio::test]
    async fn stopping_waits_for_nobody_for_ever() {
        let site = site(patience(LONG, LONG)).await;
        let slow = sent(site.address, "GET / HTTP/1.1\r\n").await;
        let mut answered = sent(slow.peer_addr().expect("an address"), "").await;
        site.stop.send_replace(true);
        site.done.await.expect("it ends");
        drop(slow);
        let mut nothing = [0; 1];
        assert_eq!(answered.read(&mut nothing).await.unwrap_or(0), 0);
    }

    #[test]
    fn the_limit_of_open_files_is_read_from_what_linux_prints() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n";
        assert_eq!(descriptors(text), 1024);
        assert_eq!(descriptors(""), 1024);
        assert_eq!(
            descriptors("Max open files            unlimited            unlimited            files"),
            usize::MAX
        );
    }
}
