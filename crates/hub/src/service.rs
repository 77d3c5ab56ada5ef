//! The tower service: from an HTTP request to the API of a cluster, and the faults on the way.
//!
//! In-process clients and the listener use this one service. It reads the body, finds out who asks,
//! follows cluster prefixes and gateways, and hands what is left to the API.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::upgrade::OnUpgrade;

use crate::api;
use crate::api::request::{Query, Request};
use crate::body::{Body, BoxError};
use crate::bridge;
use crate::cluster::{Cluster, Inner};
use crate::error::HubError;
use crate::fault::{Fault, FaultRequest};
use crate::identity::User;
use crate::record::RequestRecord;
use crate::status::Status;
use crate::store::lock;

/// The largest body that is read.
const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// The API of one cluster as a tower service; cheap to clone.
#[derive(Clone)]
pub struct ClusterService {
    inner: Arc<Inner>,
    user: User,
    demands_credentials: bool,
}

impl ClusterService {
    pub(crate) fn new(inner: Arc<Inner>, user: User) -> Self {
        Self { inner, user, demands_credentials: false }
    }

    /// A service for the listener: without a token, a request is anonymous.
    pub(crate) fn for_listener(inner: Arc<Inner>) -> Self {
        Self { inner, user: User::anonymous(), demands_credentials: true }
    }
}

impl<B> tower::Service<http::Request<B>> for ClusterService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = HubError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, HubError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HubError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = Limited::new(body, BODY_LIMIT).collect().await;
            let body = match body {
                Ok(body) => Ok(body.to_bytes()),
                Err(why) if why.is::<LengthLimitError>() => {
                    Err(Status::too_large(&format!("limit is {BODY_LIMIT} bytes")))
                }
                Err(why) => {
                    let cluster = service.inner.name.clone();
                    return Err(HubError::RequestBody { cluster, why: why.to_string() });
                }
            };
            match body {
                Ok(bytes) if needs_bridge(&parts) => service.bridged(parts, bytes).await,
                body => service.answer(parts, body).await,
            }
        })
    }
}

/// Whether a request changes the protocol of a connection that it does not have.
fn needs_bridge(parts: &http::request::Parts) -> bool {
    let upgrades = parts.headers.contains_key(http::header::UPGRADE);
    upgrades && parts.extensions.get::<OnUpgrade>().is_none()
}

impl ClusterService {
    async fn bridged(
        self,
        parts: http::request::Parts,
        body: Bytes,
    ) -> Result<Response<Body>, HubError> {
        let cluster = self.inner.name.clone();
        bridge::through(self, parts, body).await.map_err(|why| {
            tracing::debug!(%why, "no answer inside the process");
            HubError::ReplyLost { cluster }
        })
    }

    async fn answer(
        self,
        parts: http::request::Parts,
        body: Result<Bytes, Status>,
    ) -> Result<Response<Body>, HubError> {
        let path = parts.uri.path().to_owned();
        let (cluster, path) = match lead(&self.inner, &path) {
            Lead::Here => (Cluster { inner: self.inner.clone() }, path.as_str()),
            Lead::To(cluster, inner) => (cluster, inner),
            Lead::Through(cluster, _) if cluster.inner.is_down() && !self.inner.is_down() => {
                return Ok(api::respond::status(&unreachable(cluster.name())));
            }
            Lead::Through(cluster, inner) => (cluster, inner),
            Lead::Nowhere(status) => return Ok(api::respond::status(&status)),
        };
        if cluster.inner.is_down() || self.inner.is_down() {
            return Err(HubError::Refused { cluster: cluster.name().to_owned() });
        }
        let request = Request {
            method: parts.method,
            path: path.to_owned(),
            query: Query::parse(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            body: Bytes::new(),
            user: self.user.clone(),
            upgrade: parts.extensions.get::<OnUpgrade>().cloned(),
        };
        let raw_query = parts.uri.query().unwrap_or_default();
        let fault = note(&cluster.inner, &request, raw_query);
        if let Some(early) = before(&cluster.inner, fault.as_ref()).await {
            return early;
        }
        let response = match body {
            Ok(body) => {
                let request = Request { body, ..request };
                api::answer(&cluster.inner, request, self.demands_credentials).await
            }
            Err(status) => api::respond::status(&status),
        };
        after(&cluster.inner, fault, response)
    }
}

/// Where a path leads.
enum Lead<'a> {
    Here,
    To(Cluster, &'a str),
    /// By a gateway, which answers for a member that does not.
    Through(Cluster, &'a str),
    Nowhere(Status),
}

fn lead<'a>(inner: &Inner, path: &'a str) -> Lead<'a> {
    let Some(hub) = lock(&inner.hub).upgrade() else { return Lead::Here };
    if hub.clusters[0].name() != inner.name {
        return Lead::Here;
    }
    if let Some((name, rest)) = prefixed(path) {
        return match hub.cluster(name) {
            Some(cluster) => Lead::To(cluster.clone(), rest),
            None => Lead::Nowhere(Status::not_found("", "clusters", name)),
        };
    }
    for gateway in &hub.gateways {
        let Some((name, rest)) = gateway.split(path) else { continue };
        let member = hub.cluster(name).filter(|_| gateway.admits(&inner.store, name));
        return match member {
            Some(cluster) => Lead::Through(cluster.clone(), rest),
            None => Lead::Nowhere(Status::not_found("", "clustergateways", name)),
        };
    }
    Lead::Here
}

/// What a gateway says of a member that refuses its connection.
fn unreachable(cluster: &str) -> Status {
    let why = format!("error trying to reach cluster {cluster}: connection refused");
    Status::failure(503, "ServiceUnavailable", why)
}

/// `/clusters/<name>/...`
fn prefixed(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/clusters/")?;
    match rest.find('/') {
        Some(at) => Some((&rest[..at], &rest[at..])),
        None => Some((rest, "/")),
    }
}

/// Records a request and asks whether it shall fail.
fn note(inner: &Inner, request: &Request, query: &str) -> Option<Fault> {
    let verb = api::verb(request);
    let sequence = inner.requests.record(RequestRecord {
        sequence: 0,
        user: request.user.name.clone(),
        verb: verb.to_owned(),
        method: request.method.to_string(),
        path: request.path.clone(),
        query: query.to_owned(),
        agent: request.header(http::header::USER_AGENT).to_owned(),
    });
    inner.fault(&FaultRequest {
        cluster: &inner.name,
        verb,
        method: &request.method,
        path: &request.path,
        query,
        headers: &request.headers,
        sequence,
    })
}

/// What a fault answers instead of carrying the request out.
async fn before(inner: &Inner, fault: Option<&Fault>) -> Option<Result<Response<Body>, HubError>> {
    let answer = |status: &Status| Some(Ok(api::respond::status(status)));
    match fault? {
        Fault::Refuse => Some(Err(HubError::Refused { cluster: inner.name.clone() })),
        Fault::Forbidden => answer(&Status::failure(403, "Forbidden", "forbidden: injected fault")),
        Fault::Conflict => answer(&Status::failure(
            409,
            "Conflict",
            "Operation cannot be fulfilled: the object has been modified; please apply your \
             changes to the latest version and try again",
        )),
        Fault::Answer(status) => answer(status),
        Fault::Hang => std::future::pending().await,
        Fault::Cut(_) | Fault::LoseReply => None,
    }
}

/// What a fault makes of the answer of a request that was carried out.
fn after(
    inner: &Inner,
    fault: Option<Fault>,
    response: Response<Body>,
) -> Result<Response<Body>, HubError> {
    match fault {
        Some(Fault::LoseReply) => Err(HubError::ReplyLost { cluster: inner.name.clone() }),
        Some(Fault::Cut(bytes)) => {
            let cluster = inner.name.clone();
            Ok(response.map(|body| cut(body, bytes, cluster)))
        }
        _ => Ok(response),
    }
}

/// A body that breaks off after some bytes.
fn cut(body: Body, bytes: usize, cluster: String) -> Body {
    let chunks = body.into_data_stream();
    let cut = futures::stream::unfold((chunks, Some(bytes)), move |(mut chunks, left)| {
        let cluster = cluster.clone();
        async move {
            let left = left?;
            let broken = || Err(BoxError::from(HubError::ReplyLost { cluster: cluster.clone() }));
            match chunks.next().await {
                Some(Ok(chunk)) if chunk.len() <= left => {
                    let left = left - chunk.len();
                    Some((Ok(chunk), (chunks, Some(left))))
                }
                Some(Ok(chunk)) if left > 0 => Some((Ok(chunk.slice(..left)), (chunks, Some(0)))),
                Some(Ok(_)) => Some((broken(), (chunks, None))),
                Some(Err(why)) => Some((Err(why), (chunks, None))),
                None => None,
            }
        }
    });
    Body::chunks(cut)
}
