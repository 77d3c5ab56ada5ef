//! Requests of steps to the world.
//!
//! Source: `pkg/providers/http/http.go` of kubevela/workflow. A reply that is no success is no error
//! here: templates decide.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::common::Common;
use crate::error::Error;
use crate::workflow::Reply;
use crate::workflow::backoff::go_duration;

/// How long a reply may take that says nothing of it.
const PATIENCE: Duration = Duration::from_secs(3);

impl Common<'_> {
    pub(super) async fn request(&self, params: &Value, legacy: bool) -> Result<Reply, Error> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let asked = &params["request"];
        if params["tls_config"].is_object() {
            let why =
                "requests with certificates of their own are not supported by this controller yet";
            return Err(Error::Invalid(why.to_owned()));
        }
        let method = params["method"].as_str().unwrap_or("GET");
        let mut request = http::Request::builder().method(method).uri(text(&params["url"]));
        match asked["header"].as_object() {
            Some(headers) => {
                for (name, value) in headers {
                    request = request.header(name, text(value));
                }
            }
            None if asked.is_object() => {
                request = request.header(http::header::CONTENT_TYPE, "application/json");
            }
            None => {}
        }
        let request = request
            .body(text(&asked["body"]).into_bytes())
            .map_err(|why| Error::Invalid(format!("request to {}: {why}", text(&params["url"]))))?;
        let patience = go_duration(&text(&asked["timeout"])).filter(|seconds| *seconds > 0.0);
        let patience = patience.map_or(PATIENCE, Duration::from_secs_f64);
        let reply = tokio::time::timeout(patience, self.web.send(request)).await;
        let told = |why: String| {
            let verb = format!("{}{}", &method[..1], method[1..].to_lowercase());
            Error::Invalid(format!("{verb} {:?}: {why}", text(&params["url"])))
        };
        let reply = reply.map_err(|_| told("no reply in time".to_owned()))?.map_err(told)?;
        let value = read(&reply);
        Ok(Reply::Done(Some(if legacy { json!({ "response": value }) } else { value })))
    }
}

fn read(reply: &http::Response<Vec<u8>>) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for name in reply.headers().keys() {
        let values: Vec<String> = reply
            .headers()
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        headers.insert(canonical(name.as_str()), json!(values));
    }
    json!({
        "body": String::from_utf8_lossy(reply.body()),
        "header": headers,
        "trailer": {},
        "statusCode": reply.status().as_u16(),
    })
}

/// `content-type` as Go writes it: `Content-Type`.
fn canonical(name: &str) -> String {
    let part = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}
