//! From a request to a WebSocket: the handshake of RFC 6455 with the subprotocols of Kubernetes.
//!
//! A connection that asks for SPDY itself is refused by name: clients of today try WebSockets first.

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{HeaderValue, Response, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::api::request::Request;
use crate::body::Body;
use crate::status::Status;

/// The largest frame that is read.
const FRAME_LIMIT: usize = 1024 * 1024;

/// The server's end of a WebSocket.
pub(crate) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A handshake that was answered; the socket comes when the answer has gone out.
pub(crate) struct Handshake {
    /// The answer.
    pub(crate) response: Response<Body>,
    /// The subprotocol that was agreed on.
    pub(crate) protocol: &'static str,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// Agrees on the first of the client's subprotocols that is served.
    pub(crate) fn of(request: &Request, served: &[&'static str]) -> Result<Self, Status> {
        let asked = request.header(UPGRADE).to_lowercase();
        if asked.starts_with("spdy/") {
            return Err(Status::not_implemented("streaming over SPDY/3.1 (WebSockets are served)"));
        }
        let key = request.header(SEC_WEBSOCKET_KEY);
        if asked != "websocket" || key.is_empty() {
            return Err(Status::bad_request("Upgrade request required"));
        }
        let offered = request.header(SEC_WEBSOCKET_PROTOCOL);
        let mut wanted = offered.split(',').map(str::trim);
        let agreed = wanted.find_map(|wanted| served.iter().find(|served| **served == wanted));
        let Some(protocol) = agreed else {
            let why = format!(
                "unable to negotiate a subprotocol: the client offers [{offered}], the server speaks [{}]",
                served.join(", ")
            );
            return Err(Status::bad_request(why));
        };
        let Some(upgrade) = request.upgrade.clone() else {
            return Err(Status::bad_request("this connection cannot be upgraded"));
        };
        Ok(Self { response: accepted(key, protocol), protocol, upgrade })
    }

    /// The answer, and the socket that follows it.
    pub(crate) fn split(self) -> (Response<Body>, impl Future<Output = Option<Socket>>) {
        let upgrade = self.upgrade;
        let socket = async move {
            let upgraded = upgrade.await.ok()?;
            let config = WebSocketConfig::default()
                .max_message_size(Some(FRAME_LIMIT))
                .max_frame_size(Some(FRAME_LIMIT));
            let io = TokioIo::new(upgraded);
            Some(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
        };
        (self.response, socket)
    }
}

fn accepted(key: &str, protocol: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}
