//! The HTTP server of the recordings, without a socket: steps of a scenario talk to it.
//!
//! Reference: "the loopback HTTP server" in the README beside the recordings.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use mizzen_engine::control::web::Web;
use serde_json::json;

/// Where the recordings' server listened.
const ADDRESS: &str = "127.0.0.1:19480";

/// Answers as the recordings' server did.
#[derive(Debug, Default)]
pub(crate) struct Loopback {
    asked: Mutex<HashMap<String, u32>>,
}

impl Loopback {
    fn answer(&self, request: &Request<Vec<u8>>) -> (u16, Vec<u8>) {
        let usual = json!({"status": "ok", "count": 3, "items": ["a", "b"],
            "nested": {"flag": true, "name": "loop"}});
        let path = request.uri().path();
        let mut parts = path.trim_start_matches('/').split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("fail"), _) => (500, b"{}".to_vec()),
            (Some("flaky"), Some(times)) => {
                let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                let count = asked.entry(path.to_owned()).or_default();
                *count += 1;
                let fails = *count <= times.parse().unwrap_or(0);
                if fails { (503, b"{}".to_vec()) } else { (200, usual.to_string().into_bytes()) }
            }
            (Some("echo"), _) => {
                let body = String::from_utf8_lossy(request.body());
                let echo = json!({"method": request.method().as_str(), "body": body});
                (200, echo.to_string().into_bytes())
            }
            _ => (200, usual.to_string().into_bytes()),
        }
    }
}

impl Web for Loopback {
    fn send(&self, request: Request<Vec<u8>>) -> BoxFuture<'_, Result<Response<Vec<u8>>, String>> {
        let reply = if request.uri().authority().is_some_and(|a| a.as_str() == ADDRESS) {
            let (code, body) = self.answer(&request);
            Response::builder().status(code).body(body).map_err(|why| why.to_string())
        } else {
            Err(format!("{} is not reachable from a recording", request.uri()))
        };
        async move { reply }.boxed()
    }
}
