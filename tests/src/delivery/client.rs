use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::TOKEN;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A client of the daemon: one connection, as plain as a till's.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// If nobody is there.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Hands over one event, or several lines of them.
    ///
    /// # Errors
    /// If the connection is lost: then it is not known what became of them.
    pub fn post(&mut self, events: &str) -> io::Result<Answer> {
        let kind = if events.contains('\n') { "application/x-ndjson" } else { "application/json" };
        let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: {kind}\r\n");
        self.send("POST", "/v1/transactions", &headers, events.as_bytes())
    }

    /// Asks for something.
    ///
    /// # Errors
    /// If the connection is lost.
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, &format!("Authorization: Bearer {TOKEN}\r\n"), b"")
    }

    /// Any request; each header ends with CR LF.
    ///
    /// # Errors
    /// If the connection is lost.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let length = body.len();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: tillbell\r\n{headers}Content-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend(body);
        self.stream.get_mut().write_all(&request)?;
        self.read()
    }

    fn read(&mut self) -> io::Result<Answer> {
        let lost = || io::Error::new(io::ErrorKind::UnexpectedEof, "the daemon hung up");
        let mut headers = String::new();
        loop {
            let before = headers.len();
            if self.stream.read_line(&mut headers)? == 0 {
                return Err(lost());
            }
            if headers[before..].trim().is_empty() {
                break;
            }
        }
        let headers = headers.to_ascii_lowercase();
        let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(lost)?;
        let length = headers
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse::<u64>().ok())
            .unwrap_or(0)
            .min(ANSWER_BYTES_MAX);
        let mut body = Vec::new();
        (&mut self.stream).take(length).read_to_end(&mut body)?;
        if body.len() as u64 != length {
            return Err(lost());
        }
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
