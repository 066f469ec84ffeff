//! Asks a ClamAV daemon about files that people send, where the installation has one (`clamd` in `farun.toml`).
//! The protocol is INSTREAM of clamd(8): the length of a piece in four bytes, the piece, at the end a length of zero.

use kernel::{Fault, FaultKind};
use std::{str::FromStr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long the daemon may take for one file.
const PATIENCE: Duration = Duration::from_secs(30);
const PIECE: usize = 64 * 1024;
/// An answer is one short line.
const ANSWER: u64 = 4096;

/// Where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// `host:port`.
    Tcp(String),
    /// The path of a socket on this machine.
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

impl FromStr for Clamd {
    type Err = Fault;

    /// Reads `127.0.0.1:3310` or `/run/clamav/clamd.ctl`.
    fn from_str(text: &str) -> Result<Self, Fault> {
        #[cfg(unix)]
        if text.starts_with('/') {
            return Ok(Self::Unix(text.into()));
        }
        let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(_)) => Ok(Self::Tcp(text.to_owned())),
            _ => Err(Fault::new(format!("clamd: {text:?} is neither host:port nor the path of a socket"))),
        }
    }
}

impl Clamd {
    /// What the daemon found in the bytes; nothing if they are clean.
    ///
    /// # Errors
    /// A fault if it cannot be reached, takes too long or does not take the file: nobody knows then.
    pub async fn found(&self, bytes: &[u8]) -> Result<Option<String>, Fault> {
        let asked = async {
            match self {
                Self::Tcp(address) => ask(TcpStream::connect(address).await?, bytes).await,
                #[cfg(unix)]
                Self::Unix(path) => ask(tokio::net::UnixStream::connect(path).await?, bytes).await,
            }
        };
        let answer = timeout(PATIENCE, asked).await.map_err(|_| Fault::new("clamd took too long"));
        let answer = answer.and_then(|answer| answer.map_err(|e| Fault::from(e).context("clamd")));
        answer.and_then(|answer| understood(&answer)).map_err(|fault| fault.with_kind(FaultKind::Busy))
    }
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> std::io::Result<String> {
    stream.write_all(b"zINSTREAM\0").await?;
    for piece in bytes.chunks(PIECE) {
        // A piece is far shorter than what four bytes can say.
        stream.write_u32(u32::try_from(piece.len()).unwrap_or(0)).await?;
        stream.write_all(piece).await?;
    }
    stream.write_u32(0).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).trim_end_matches('\0').trim().to_owned())
}

/// `stream: OK`, `stream: Eicar-Test-Signature FOUND`, or `… ERROR`.
fn understood(answer: &str) -> Result<Option<String>, Fault> {
    let words = answer.strip_prefix("stream: ").unwrap_or(answer);
    match words.strip_suffix(" FOUND") {
        Some(name) => Ok(Some(name.to_owned())),
        None if words == "OK" => Ok(None),
        None => Err(Fault::new(format!("clamd answered {answer:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A daemon that speaks the protocol: it knows one signature, and takes files up to a megabyte.
    async fn daemon(listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.expect("a command");
            assert_eq!(&command, b"zINSTREAM\0");
            let mut whole = Vec::new();
            loop {
                let length = stream.read_u32().await.expect("a length");
                if length == 0 {
                    break;
                }
                let mut piece = vec![0; length as usize];
                stream.read_exact(&mut piece).await.expect("a piece");
                whole.extend(piece);
            }
            let answer: &[u8] = match whole {
                _ if whole.len() > 1024 * 1024 => b"INSTREAM size limit exceeded. ERROR\0",
                _ if whole.windows(5).any(|window| window == b"EICAR") => {
                    b"stream: Eicar-Test-Signature FOUND\0"
                }
                _ => b"stream: OK\0",
            };
            stream.write_all(answer).await.expect("an answer");
        }
    }

    #[test]
    fn the_daemon_is_asked_and_understood() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address").to_string();
            tokio::spawn(daemon(listener));
            let clamd: Clamd = address.parse().expect("an address");
            assert_eq!(clamd.found(&vec![7; 200_000]).await.expect("an answer"), None);
            let found = clamd.found(b"X5O!P%@AP EICAR").await.expect("an answer");
            assert_eq!(found.as_deref(), Some("Eicar-Test-Signature"));
            let fault = clamd.found(&vec![7; 1_100_000]).await.expect_err("too large for it");
            assert_eq!(fault.kind(), FaultKind::Busy);
            let nobody: Clamd = "127.0.0.1:1".parse().expect("an address");
            assert!(nobody.found(b"x").await.is_err(), "nobody there: nobody knows");
        });
    }

    #[test]
    fn addresses_are_read() {
        assert!("/run/clamav/clamd.ctl".parse::<Clamd>().is_ok());
        assert!("localhost:3310".parse::<Clamd>().is_ok());
        assert!("localhost".parse::<Clamd>().is_err());
    }
}
