use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::HealthArguments;

/// Whoever asks, such as a container's healthcheck, asks again.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a server says of itself.
#[derive(Debug, PartialEq, Eq)]
pub enum Health {
    /// As it was asked for: it is ready, or it answers. The body of its answer.
    Good(String),
    /// It answers, and is not ready. The body of its answer.
    NotReady(String),
    /// Why nothing is known of it.
    Unknown(String),
}

impl fmt::Display for Health {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Good(text) | Self::NotReady(text) | Self::Unknown(text)) = self;
        formatter.write_str(text)
    }
}

/// Asks a server of this machine how it is, within five seconds.
pub fn ask_health(arguments: &HealthArguments) -> Health {
    let url = format!("http://{}:{}/health", reachable(&arguments.host), arguments.port);
    match get(&url) {
        Ok(body) if arguments.alive || is_ready(&body) => Health::Good(body),
        Ok(body) => Health::NotReady(body),
        Err(error) => Health::Unknown(format!("{url}: {error}")),
    }
}

fn get(url: &str) -> Result<String, ureq::Error> {
    // A proxy would look for the server on its own machine.
    let agent: Agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build().into();
    agent.get(url).call()?.body_mut().read_to_string()
}

fn is_ready(body: &str) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|health| health["ready"] == true)
}

/// The host of a URL at which a server that listens on `host` is reached from its own machine.
fn reachable(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(address)) if address.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_stand_for_all_are_reached_by_loopback() {
        for (host, url) in [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "[::1]"),
            ("::1", "[::1]"),
            ("10.0.0.7", "10.0.0.7"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(reachable(host), url);
        }
    }

    #[test]
    fn what_is_no_answer_of_this_server_is_not_ready() {
        assert!(is_ready(r#"{"ready":true,"models":[]}"#));
        for body in ["", "ok", "[]", "{}", r#"{"ready":"true"}"#, r#"{"ready":false}"#] {
            assert!(!is_ready(body), "{body}");
        }
    }
}
