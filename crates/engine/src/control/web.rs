//! How requests of steps leave the controller.

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::error::causes;

/// Bytes of a reply that are read at most.
const MOST: usize = 8 << 20;

type Body = Full<bytes::Bytes>;

/// Sends requests of steps; a test has its own.
pub trait Web: Send + Sync {
    /// Sends a request and reads the reply whole.
    fn send(&self, request: Request<Vec<u8>>) -> BoxFuture<'_, Result<Response<Vec<u8>>, String>>;
}

/// The world, over HTTP and HTTPS with the system's certificates.
pub struct World {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl World {
    /// # Errors
    /// A sentence when the system's certificates cannot be read.
    pub fn new() -> Result<Self, String> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|why| format!("reading the system's certificates: {why}"))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector) })
    }
}

impl Web for World {
    fn send(&self, request: Request<Vec<u8>>) -> BoxFuture<'_, Result<Response<Vec<u8>>, String>> {
        let request = request.map(|bytes| Full::new(bytes.into()));
        async move {
            let reply = self.client.request(request).await.map_err(|why| causes(&why))?;
            let (head, body) = reply.into_parts();
            let read = Limited::new(body, MOST).collect().await;
            let bytes = read.map_err(|why| format!("reading the reply: {why}"))?.to_bytes();
            Ok(Response::from_parts(head, bytes.to_vec()))
        }
        .boxed()
    }
}
