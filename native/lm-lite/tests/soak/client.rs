//! HTTP/1.1 over a socket that can be dropped at any moment.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::common::KEY;

/// Longer than any answer takes on a machine that is busy with other work.
const PATIENCE: Duration = Duration::from_secs(300);

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub key: &'static str,
    pub body: Vec<u8>,
}

impl Outgoing {
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let (content_type, body) = ("application/json", body.into());
        Self { method: "POST", path: path.to_owned(), content_type, key: KEY, body }
    }

    fn head(&self) -> String {
        let Self { method, path, content_type, key, body } = self;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer {key}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
    }

    /// Sends the request, the body up to `end` only.
    pub fn send_part(&self, port: u16, end: usize) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(self.head().as_bytes())?;
        stream.write_all(&self.body[..end])?;
        Ok(stream)
    }

    /// Sends the request and reads the head of its answer.
    pub fn send(&self, port: u16) -> Result<Reply> {
        Reply::read_head(self.send_part(port, self.body.len())?)
    }
}

/// An answer of which the head has come; reading gives its body.
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    stream: BufReader<TcpStream>,
    /// Bytes that are left of the body, or of its current chunk.
    left: usize,
    is_chunked: bool,
    has_ended: bool,
}

impl Reply {
    fn read_head(stream: TcpStream) -> Result<Self> {
        let mut stream = BufReader::new(stream);
        let status = line(&mut stream)?;
        let number = status.split(' ').nth(1).and_then(|number| number.parse().ok());
        let status = number.ok_or_else(|| wrong(&format!("the status line {status:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = line(&mut stream)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| wrong(&format!("the header {line:?}")))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Self { status, headers, stream, left: 0, is_chunked: false, has_ended: false };
        reply.is_chunked = reply.header("transfer-encoding") == Some("chunked");
        reply.left = reply.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        Ok(reply)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn text(mut self) -> Result<String> {
        let mut text = String::new();
        self.read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Read for Reply {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left == 0 && self.is_chunked && !self.has_ended {
            let size = line(&mut self.stream)?;
            self.left =
                usize::from_str_radix(&size, 16).map_err(|_| wrong(&format!("the chunk {size:?}")))?;
            self.has_ended = self.left == 0;
        }
        let most = self.left.min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.stream.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= count;
        if self.left == 0 && self.is_chunked {
            line(&mut self.stream)?;
        }
        Ok(count)
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("no HTTP: {what}"))
}
