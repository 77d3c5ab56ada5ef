//! A gateway for a hub that has none: the paths under which a hub's aggregated gateway reaches its
//! members, answered by clients of those members.

use http::uri::PathAndQuery;
use http::{Request, Uri};
use kube::Client;
use kube::client::Body;
use tower::service_fn;

use mizzen_engine::fleet::gateway_path;

/// A client of a hub whose gateway paths lead to the members.
pub(crate) fn with_members(hub: Client, members: Vec<(String, Client)>) -> Client {
    let service = service_fn(move |mut request: Request<Body>| {
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        let found = members.iter().find_map(|(name, member)| {
            let rest = path.strip_prefix(&gateway_path(name))?;
            Some((member.clone(), rest.to_owned()))
        });
        let (client, path) = found.unwrap_or_else(|| (hub.clone(), path));
        let uri: Result<Uri, _> = path.parse();
        async move {
            *request.uri_mut() = uri.map_err(http::Error::from).map_err(kube::Error::HttpError)?;
            client.send(request).await
        }
    });
    Client::new(service, "default")
}
