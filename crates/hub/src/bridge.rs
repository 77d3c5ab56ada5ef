//! A connection inside the process for requests that change their protocol: a WebSocket needs two ends
//! of a connection, and a client without a listener has none.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::Service;

use crate::body::{Body, BoxError};

/// Bytes that are on their way in one direction at most.
const ON_THE_WAY: usize = 64 * 1024;

/// Sends a request to a service through a connection of its own; the answer can be upgraded.
pub(crate) async fn through<S>(
    service: S,
    parts: http::request::Parts,
    body: Bytes,
) -> Result<Response<Body>, BoxError>
where
    S: Service<Request<hyper::body::Incoming>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Into<BoxError> + fmt::Debug,
    S::Future: Send,
{
    let (near, far) = tokio::io::duplex(ON_THE_WAY);
    let server = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(far), TowerToHyperService::new(service))
        .with_upgrades();
    tokio::spawn(async move {
        if let Err(why) = server.await {
            tracing::debug!(%why, "a connection inside the process ended");
        }
    });
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(near)).await?;
    let connection = connection.with_upgrades();
    tokio::spawn(async move {
        if let Err(why) = connection.await {
            tracing::debug!(%why, "a connection inside the process ended");
        }
    });
    let mut request = Request::from_parts(parts, Full::new(body));
    request
        .headers_mut()
        .entry(http::header::HOST)
        .or_insert(http::HeaderValue::from_static("hub"));
    let response = sender.send_request(request).await?;
    Ok(response.map(Body::incoming))
}
