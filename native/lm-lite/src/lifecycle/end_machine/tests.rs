use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::json;

use super::*;

/// What a server does with a request.
enum Answer {
    Status(u16),
    /// To this path of another server.
    Redirect(String),
    /// Closes the connection.
    Nothing,
    /// Keeps the connection open and never answers.
    Hang,
}

/// Answers one request after the other, the last answer again and again.
struct Server {
    url: String,
    /// First line and body of each request, with its key.
    seen: Receiver<String>,
}

impl Server {
    fn start<const N: usize>(answers: [Answer; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, seen) = channel();
        thread::spawn(move || {
            let mut hanging = Vec::new();
            for (index, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                if sender.send(read(&stream)).is_err() {
                    return;
                }
                match &answers[index.min(N - 1)] {
                    Answer::Status(status) => respond(&mut stream, &format!("{status} Some\r\n")),
                    Answer::Redirect(url) => {
                        respond(&mut stream, &format!("307 Some\r\nLocation: {url}\r\n"))
                    }
                    Answer::Nothing => drop(stream),
                    Answer::Hang => hanging.push(stream),
                }
            }
        });
        Self { url, seen }
    }

    fn take(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.next()).collect()
    }

    fn next(&self) -> String {
        self.seen.recv_timeout(Duration::from_secs(120)).expect("another request")
    }
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut first, mut key, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => key = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap()
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = first.trim_end().trim_end_matches(" HTTP/1.1");
    format!("{request} {key} {}", String::from_utf8(body).unwrap()).trim_end().to_owned()
}

fn respond(stream: &mut TcpStream, head: &str) {
    // Who has given up in the meantime needs no answer.
    let _ = write!(stream, "HTTP/1.1 {head}Content-Length: 0\r\nConnection: close\r\n\r\n");
}

/// Ends a machine by a DELETE of the first server and a POST to the second, until it is stopped.
struct Ending(tokio::runtime::Runtime);

impl Ending {
    fn start(rhythm: Rhythm, first: &str, second: &str) -> Self {
        let headers = json!({ "Authorization": "Bearer ${KEY}" });
        let requests = json!([
            { "method": "DELETE", "url": format!("{first}/machine"), "headers": headers },
            { "method": "POST", "url": format!("{second}/end"), "headers": headers, "body": "{\"id\": 1}" },
        ]);
        let variables = |_: &str| Some("secret".to_owned());
        let requests = EndRequest::list_from_json(&requests.to_string(), &variables).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
        runtime.spawn(async move { end_machine(&requests, rhythm).await });
        Self(runtime)
    }

    fn stop(self) {
        self.0.shutdown_background();
    }
}

const DELETE: &str = "DELETE /machine Bearer secret";
const POST: &str = "POST /end Bearer secret {\"id\": 1}";

/// Pauses that a test can wait for, and a time for answers that a busy machine keeps.
fn quick() -> Rhythm {
    let pause = Duration::from_millis(2);
    Rhythm {
        timeout: Duration::from_secs(60),
        first_pause: pause,
        longest_pause: pause * 4,
        granted_pause: pause,
    }
}

/// The requests that a server gets which answers in this way.
fn asked<const N: usize>(answers: [Answer; N], count: usize) -> Vec<String> {
    let server = Server::start(answers);
    let ending = Ending::start(quick(), &server.url, &server.url);
    let seen = server.take(count);
    ending.stop();
    seen
}

#[test]
fn a_refusal_is_the_next_ones_turn() {
    use Answer::Status;
    assert_eq!(asked([Status(401), Status(403), Status(404)], 4), [DELETE, POST, DELETE, POST]);
}

#[test]
fn what_is_granted_may_be_without_effect() {
    assert_eq!(asked([Answer::Status(204)], 4), [DELETE, POST, DELETE, POST]);
}

#[test]
fn a_failure_is_tried_again_before_it_is_the_next_ones_turn() {
    use Answer::{Nothing, Status};
    assert_eq!(asked([Status(500), Status(204)], 3), [DELETE, DELETE, POST]);
    assert_eq!(
        asked([Status(429), Nothing, Status(503), Status(403)], 5),
        [DELETE, DELETE, DELETE, POST, DELETE]
    );
}

#[test]
fn a_redirect_takes_the_key_nowhere() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", other.local_addr().unwrap());
    assert_eq!(asked([Answer::Redirect(url), Answer::Status(403)], 3), [DELETE, POST, DELETE]);
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err(), "nobody has connected");
}

#[test]
fn a_request_that_hangs_is_given_up() {
    let server = Server::start([Answer::Hang, Answer::Status(204)]);
    let rhythm = Rhythm { timeout: Duration::from_millis(500), ..quick() };
    let ending = Ending::start(rhythm, &server.url, &server.url);
    assert_eq!(server.take(2), [DELETE, DELETE]);
    ending.stop();
}

#[test]
fn who_cannot_be_reached_is_not_waited_for() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for unreachable in [&*format!("http://{nobody}"), "http://name.invalid"] {
        let server = Server::start([Answer::Status(204)]);
        let rhythm = Rhythm { timeout: Duration::from_secs(5), ..quick() };
        let ending = Ending::start(rhythm, unreachable, &server.url);
        assert_eq!(server.next(), POST);
        ending.stop();
    }
}

#[test]
fn pauses_are_spread() {
    let pause = Duration::from_secs(8);
    let pauses: Vec<_> = (0..50).map(|_| jittered(pause)).collect();
    assert!(pauses.iter().all(|jittered| (pause / 2..=pause).contains(jittered)));
    assert!(pauses.iter().any(|other| *other != pauses[0]));
}
