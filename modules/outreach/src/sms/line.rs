//! One HTTP request to a provider, over TLS: a connection for each, since messages are few and far between.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use kernel::Fault;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// A provider that has not answered by then is taken as silent.
const PATIENCE: Duration = Duration::from_secs(15);
/// No answer of a provider is longer.
const LONGEST: usize = 64 * 1024;

/// Where a provider listens.
pub(crate) struct Line {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

/// An answer: the status and the body.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Line {
    /// The line to an address (`https://dysmsapi.aliyuncs.com`), trusting the authorities that browsers trust and those
    /// of the file. Without TLS only this very machine can be reached: what is sent is a telephone number.
    pub(crate) fn to(address: &str, authorities: Option<&Path>) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::new(format!("sms.endpoint {address:?}: {what}"));
        let (scheme, rest) = address.split_once("://").ok_or_else(|| wrong("https:// is missing"))?;
        let authority = rest.trim_end_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong("the port is no number"))?),
            None => (authority, if scheme == "https" { 443 } else { 80 }),
        };
        if host.is_empty() || host.contains('/') {
            return Err(wrong("only a host and perhaps a port"));
        }
        let tls = match scheme {
            "https" => Some(connector(authorities)?),
            "http" if ["127.0.0.1", "localhost"].contains(&host) => None,
            _ => return Err(wrong("telephone numbers go over https only")),
        };
        Ok(Self { host: host.to_owned(), port, tls })
    }

    /// What stands in the header `host`.
    pub(crate) fn authority(&self) -> String {
        match (self.port, &self.tls) {
            (443, Some(_)) | (80, None) => self.host.clone(),
            (port, _) => format!("{}:{port}", self.host),
        }
    }

    /// Sends a POST request and reads the answer.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<Answered, Fault> {
        let mut request =
            Request::post(path).header("user-agent", concat!("farun/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        tokio::time::timeout(PATIENCE, self.ask(request))
            .await
            .map_err(|_| Fault::new(format!("{} did not answer within {} s", self.host, PATIENCE.as_secs())))?
            .map_err(|fault| fault.context(format!("asking {}", self.host)))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Answered, Fault> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match &self.tls {
            None => exchange(tcp, request).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone())?;
                exchange(tls.connect(name, tcp).await?, request).await
            }
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answered, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.map_err(|e| Fault::new(e.to_string()))?;
    driver.abort();
    Ok(Answered { status: parts.status.as_u16(), body: body.to_bytes().to_vec() })
}

fn connector(authorities: Option<&Path>) -> Result<TlsConnector, Fault> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = authorities {
        let named =
            |e: &dyn std::fmt::Display| Fault::new(format!("sms.authorities {}: {e}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|e| named(&e))? {
            roots.add(certificate.map_err(|e| named(&e))?).map_err(|e| named(&e))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_leave_this_machine_over_tls_only() {
        let line = |address| Line::to(address, None).map(|line| (line.authority(), line.tls.is_some()));
        assert_eq!(
            line("https://dysmsapi.aliyuncs.com").expect("a line"),
            ("dysmsapi.aliyuncs.com".to_owned(), true)
        );
        assert_eq!(
            line("https://sms.example.cn:8443/").expect("a line"),
            ("sms.example.cn:8443".to_owned(), true)
        );
        assert_eq!(line("http://127.0.0.1:9000").expect("a line"), ("127.0.0.1:9000".to_owned(), false));
        for wrong in [
            "http://dysmsapi.aliyuncs.com",
            "dysmsapi.aliyuncs.com",
            "ftp://127.0.0.1",
            "https://",
            "https://a/b",
        ] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }

    /// A certificate for `localhost` with its key, of nobody's trust: made for this test and used nowhere else.
    const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sms/localhost.pem");

    /// A server that speaks TLS with that certificate and answers every request alike.
    async fn over_tls() -> u16 {
        use tokio_rustls::{
            TlsAcceptor,
            rustls::{ServerConfig, pki_types::PrivateKeyDer},
        };
        let certificate = CertificateDer::from_pem_file(OWN).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(OWN).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let answer = hyper::service::service_fn(async |_: Request<hyper::body::Incoming>| {
                    Ok::<_, std::io::Error>(hyper::Response::new(Full::new(Bytes::from("over TLS"))))
                });
                let served = hyper::server::conn::http1::Builder::new();
                served.serve_connection(TokioIo::new(stream), answer).await.ok();
            }
        });
        port
    }

    #[tokio::test]
    async fn only_whom_an_authority_vouches_for_is_told_anything() {
        let port = over_tls().await;
        let ask = async |host: &str, authorities: Option<&Path>| {
            let line = Line::to(&format!("https://{host}:{port}"), authorities).expect("a line");
            line.post("/", &[], String::new()).await.map(|answered| answered.body)
        };
        let own = Path::new(OWN);
        assert_eq!(ask("localhost", Some(own)).await.expect("an answer"), b"over TLS");
        let stranger = ask("localhost", None).await.expect_err("nobody vouches for it");
        assert!(stranger.chain().iter().any(|cause| cause.contains("UnknownIssuer")), "{stranger:?}");
        let other = ask("127.0.0.1", Some(own)).await.expect_err("another name");
        assert!(other.chain().iter().any(|cause| cause.contains("certificate")), "{other:?}");
        assert!(
            Line::to("https://localhost", Some(Path::new("/nowhere.pem"))).is_err(),
            "a file that is not there"
        );
    }
}
