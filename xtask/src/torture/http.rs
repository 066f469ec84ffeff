//! A browser that costs almost nothing: one kept-alive connection, cookies, whole answers, deadlines.

use super::Result;
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// One connection with its cookies; connects when first asked and again after it broke.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) timeout: Duration,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Lines of the head that every request has besides, each with its line's end.
    pub(crate) extra: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) location: String,
    /// Status line and headers as they came.
    pub(crate) head: String,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            timeout: Duration::from_secs(30),
            cookies: BTreeMap::new(),
            extra: String::new(),
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Another connection of the same browser, perhaps to another node.
    pub(crate) fn again(&self, address: SocketAddr) -> Self {
        Self {
            cookies: self.cookies.clone(),
            extra: self.extra.clone(),
            timeout: self.timeout,
            ..Self::new(address)
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Sends a form.
    pub(crate) fn post(&mut self, path: &str, form: &str) -> Result<Answer> {
        self.post_as(path, "application/x-www-form-urlencoded", form.as_bytes())
    }

    pub(crate) fn post_as(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.send(&head, body)
    }

    /// The bytes of a request, for those who send them on connections of their own.
    pub(crate) fn request(&self, path: &str, form: Option<&str>) -> Vec<u8> {
        let head = match form {
            None => format!("GET {path} HTTP/1.1\r\n"),
            Some(form) => format!(
                "POST {path} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
                form.len()
            ),
        };
        self.whole(&head, form.unwrap_or_default().as_bytes())
    }

    fn whole(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            format!("{head}host: {}\r\ncookie: {}\r\n{}\r\n", self.address, cookies.join("; "), self.extra)
                .into_bytes();
        request.extend_from_slice(body);
        request
    }

    fn send(&mut self, head: &str, body: &[u8]) -> Result<Answer> {
        let done = self.exchange(head, body);
        if done.is_err() {
            self.stream = None;
            self.buffer.clear();
        }
        done
    }

    fn exchange(&mut self, head: &str, body: &[u8]) -> Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect_timeout(&self.address, self.timeout)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(self.timeout))?;
            stream.set_write_timeout(Some(self.timeout))?;
            self.buffer.clear();
            self.stream = Some(stream);
        }
        let request = self.whole(head, body);
        let stream = self.stream.as_mut().ok_or("no connection")?;
        // A server that refuses a body early answers and closes: what it said counts, not the broken pipe.
        let sent = stream.write_all(&request);
        match self.answer() {
            Ok(answer) => Ok(answer),
            Err(error) => {
                sent?;
                Err(error)
            }
        }
    }

    fn answer(&mut self) -> Result<Answer> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.fill(self.buffer.len() + 1)?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status =
            head.get(9..12).and_then(|text| text.parse().ok()).ok_or("an answer without a status")?;
        let mut answer = Answer { status, ..Answer::default() };
        let (mut length, mut closes) = (Some(0), false);
        for line in head.lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok(),
                "transfer-encoding" => length = None,
                "connection" => closes = value.eq_ignore_ascii_case("close"),
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
        answer.head = head;
        let used = match length {
            Some(length) => {
                self.fill(end + length)?;
                answer.body.extend_from_slice(&self.buffer[end..end + length]);
                end + length
            }
            None => self.chunks(end, &mut answer.body)?,
        };
        self.buffer.drain(..used);
        if closes {
            self.stream = None;
            self.buffer.clear();
        }
        Ok(answer)
    }

    /// Reads a body in chunks; returns where it ends.
    fn chunks(&mut self, mut at: usize, body: &mut Vec<u8>) -> Result<usize> {
        loop {
            let line = loop {
                if let Some(found) = self.buffer[at..].windows(2).position(|window| window == b"\r\n") {
                    break at + found;
                }
                self.fill(self.buffer.len() + 1)?;
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[at..line])?.trim(), 16)?;
            let from = line + 2;
            self.fill(from + size + 2)?;
            body.extend_from_slice(&self.buffer[from..from + size]);
            at = from + size + 2;
            if size == 0 {
                return Ok(at);
            }
        }
    }

    fn fill(&mut self, length: usize) -> Result<()> {
        let mut piece = [0; 16 * 1024];
        while self.buffer.len() < length {
            let stream = self.stream.as_mut().ok_or("no connection")?;
            let count = stream.read(&mut piece)?;
            if count == 0 {
                return Err("the server closed the connection in the middle of an answer".into());
            }
            self.buffer.extend_from_slice(&piece[..count]);
        }
        Ok(())
    }
}

/// The value of a hidden field of a page's form.
pub(crate) fn field(page: &Answer, name: &str) -> Result<String> {
    let html = page.text();
    let value =
        html.split_once(&format!(r#"name="{name}" value=""#)).and_then(|(_, rest)| rest.split_once('"'));
    value
        .map(|(value, _)| value.to_owned())
        .ok_or_else(|| format!("a page without the field {name} (status {})", page.status).into())
}
