//! A browser that costs almost nothing: one kept-alive connection, cookies, whole answers.

use kernel::Fault;
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

/// One connection with its cookies.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    stream: TcpStream,
    cookies: BTreeMap<String, String>,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What came over the wire, head included.
    pub(crate) bytes: usize,
    pub(crate) body: Vec<u8>,
    pub(crate) location: String,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, cookies: BTreeMap::new(), buffer: Vec::new() })
    }

    /// Another connection of the same browser.
    pub(crate) fn again(&self) -> Result<Self, Fault> {
        Ok(Self { cookies: self.cookies.clone(), ..Self::connect(self.address)? })
    }

    /// Connects to where the installation is served now; sessions outlive the server.
    pub(crate) fn moved_to(&self, address: SocketAddr) -> Result<Self, Fault> {
        Ok(Self { cookies: self.cookies.clone(), ..Self::connect(address)? })
    }

    /// Asks for a page, compressed as browsers ask.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, Fault> {
        self.send(&format!("GET {path} HTTP/1.1\r\naccept-encoding: gzip\r\n"), b"")
    }

    /// Asks for a page as plain text, to read it.
    pub(crate) fn read(&mut self, path: &str) -> Result<Answer, Fault> {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Sends a form.
    pub(crate) fn post(&mut self, path: &str, form: &str) -> Result<Answer, Fault> {
        let head = format!(
            "POST {path} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            form.len()
        );
        self.send(&head, form.as_bytes())
    }

    /// Sends a form with a file, as a browser does.
    pub(crate) fn upload(
        &mut self,
        path: &str,
        token: &str,
        (name, file): (&str, &[u8]),
    ) -> Result<Answer, Fault> {
        const BOUNDARY: &str = "----farun-bench-boundary";
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let head = format!(
            "POST {path} HTTP/1.1\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.send(&head, &body)
    }

    fn send(&mut self, head: &str, body: &[u8]) -> Result<Answer, Fault> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!("{head}host: {}\r\ncookie: {}\r\n\r\n", self.address, cookies.join("; "));
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer, Fault> {
        let end = self.find(0, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status = head
            .get(9..12)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Fault::new("an answer without a status"))?;
        let mut answer = Answer { status, bytes: end, body: Vec::new(), location: String::new() };
        let mut length = Some(0);
        for line in head.lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok(),
                "transfer-encoding" => length = None,
                "location" => value.clone_into(&mut answer.location),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    if let Some((name, value)) = pair.split_once('=') {
                        self.cookies.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => {}
            }
        }
        let used = match length {
            Some(length) => {
                self.fill(end + length)?;
                answer.body.extend_from_slice(&self.buffer[end..end + length]);
                end + length
            }
            None => self.chunks(end, &mut answer.body)?,
        };
        answer.bytes = used;
        self.buffer.drain(..used);
        Ok(answer)
    }

    /// Reads a body in chunks; returns where it ends.
    fn chunks(&mut self, mut at: usize, body: &mut Vec<u8>) -> Result<usize, Fault> {
        loop {
            let line = self.find(at, b"\r\n")?;
            let size = std::str::from_utf8(&self.buffer[at..line])
                .ok()
                .and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
            let size = size.ok_or_else(|| Fault::new("a chunk without a size"))?;
            let from = line + 2;
            self.fill(from + size + 2)?;
            body.extend_from_slice(&self.buffer[from..from + size]);
            at = from + size + 2;
            if size == 0 {
                return Ok(at);
            }
        }
    }

    fn find(&mut self, from: usize, what: &[u8]) -> Result<usize, Fault> {
        loop {
            if let Some(at) = self.buffer[from..].windows(what.len()).position(|window| window == what) {
                return Ok(from + at);
            }
            self.fill(self.buffer.len() + 1)?;
        }
    }

    fn fill(&mut self, length: usize) -> Result<(), Fault> {
        let mut piece = [0; 16 * 1024];
        while self.buffer.len() < length {
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(Fault::new("the server closed the connection in the middle of an answer"));
            }
            self.buffer.extend_from_slice(&piece[..count]);
        }
        Ok(())
    }
}

/// The form token of a page.
pub(crate) fn token_of(page: &Answer) -> Result<String, Fault> {
    let html = String::from_utf8_lossy(&page.body);
    let token = html.split_once(r#"name="csrf" value=""#).and_then(|(_, rest)| rest.split_once('"'));
    token
        .map(|(token, _)| token.to_owned())
        .ok_or_else(|| Fault::new(format!("a page without a form (status {})", page.status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn answers_of_both_lengths_are_read_one_after_the_other() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut asked = [0; 4096];
            let first = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\ntransfer-encoding: chunked\r\n\r\n5\r\nname=\r\n1B\r\n\"csrf\" value=\"abc\" and more\r\n0\r\n\r\n";
            let second = "HTTP/1.1 303 See Other\r\ncontent-length: 2\r\nlocation: /there\r\n\r\nok";
            assert!(stream.read(&mut asked).expect("a request") > 0);
            stream.write_all(first.as_bytes()).expect("sent");
            let count = stream.read(&mut asked).expect("a request");
            assert!(String::from_utf8_lossy(&asked[..count]).contains("cookie: a=1\r\n"));
            stream.write_all(second.as_bytes()).expect("sent");
        });
        let mut client = Client::connect(address).expect("connects");
        let page = client.get("/").expect("an answer");
        assert_eq!(
            (page.status, page.body.as_slice()),
            (200, b"name=\"csrf\" value=\"abc\" and more".as_slice())
        );
        assert_eq!(token_of(&page).expect("a token"), "abc");
        let answer = client.post("/x", "a=b").expect("an answer");
        assert_eq!(
            (answer.status, answer.location.as_str(), answer.body.as_slice()),
            (303, "/there", b"ok".as_slice())
        );
        server.join().expect("the server ends");
    }
}
