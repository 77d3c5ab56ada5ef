//! Kinds that are asked, not stored: reviews of access and of identity.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::access::{self, Attributes};
use crate::api::Target;
use crate::api::decode;
use crate::api::intake;
use crate::api::options::WriteOptions;
use crate::api::request::Request;
use crate::api::respond;
use crate::body::Body;
use crate::cluster::Inner;
use crate::identity::User;
use crate::json;
use crate::status::{Cause, Status};

/// Answers the POST of a review.
pub(crate) fn create(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "CreateOptions", false)?;
    let mut warnings = Vec::new();
    let body = decode::body(request, &cluster.schema, &target.resource.kind)?;
    let mut review = intake::intake(cluster, request, target, body, &options, &mut warnings)?;
    let status = match target.resource.plural.as_str() {
        "selfsubjectaccessreviews" => access_review(cluster, target, &request.user, &review)?,
        "subjectaccessreviews" | "localsubjectaccessreviews" => {
            access_review(cluster, target, &subject(target, &review)?, &review)?
        }
        "selfsubjectrulesreviews" => rules_review(cluster, &request.user, &review),
        "selfsubjectreviews" => json!({"userInfo": user_info(&request.user)}),
        "tokenreviews" => token_review(cluster, &review),
        other => return Err(Status::not_implemented(&format!("the resource {other:?}"))),
    };
    json::as_object(&mut review).insert("status".into(), status);
    let now = cluster.clock.now();
    let mut response =
        respond::object(request, &target.resource, StatusCode::CREATED, &review, now)?;
    respond::warn(&mut response, &warnings);
    Ok(response)
}

fn subject(target: &Target, review: &Value) -> Result<User, Status> {
    let name = json::text(review, &["spec", "user"]);
    let groups: Vec<&str> =
        json::items(review, &["spec", "groups"]).iter().filter_map(Value::as_str).collect();
    if name.is_empty() && groups.is_empty() {
        let why = "at least one of user or group must be specified";
        return Err(target.invalid(vec![Cause::invalid("spec.user", &json!(""), why)]));
    }
    let mut user = User::new(name, &[]);
    user.groups = groups.into_iter().map(str::to_owned).collect();
    Ok(user)
}

fn access_review(
    cluster: &Inner,
    target: &Target,
    user: &User,
    review: &Value,
) -> Result<Value, Status> {
    let resource = |key: &str| json::text(review, &["spec", "resourceAttributes", key]).to_owned();
    let path = |key: &str| json::text(review, &["spec", "nonResourceAttributes", key]).to_owned();
    let given = |key: &str| json::at(review, &["spec", key]).is_some_and(Value::is_object);
    let wanted = match (given("resourceAttributes"), given("nonResourceAttributes")) {
        (true, false) => Attributes {
            verb: resource("verb"),
            group: resource("group"),
            resource: resource("resource"),
            subresource: resource("subresource"),
            namespace: resource("namespace"),
            name: resource("name"),
            path: String::new(),
        },
        (false, true) => {
            Attributes { verb: path("verb"), path: path("path"), ..Attributes::default() }
        }
        _ => {
            let why =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            return Err(target.invalid(vec![Cause::invalid("spec", &review["spec"], why)]));
        }
    };
    Ok(json!({"allowed": access::allows(cluster, user, &wanted)}))
}

fn rules_review(cluster: &Inner, user: &User, review: &Value) -> Value {
    let namespace = json::text(review, &["spec", "namespace"]);
    let rules = access::rules_of(cluster, user, namespace);
    let (paths, resources): (Vec<Value>, Vec<Value>) =
        rules.into_iter().partition(|r| !json::items(r, &["nonResourceURLs"]).is_empty());
    json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false})
}

fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name});
    if !user.uid.is_empty() {
        info["uid"] = json!(user.uid);
    }
    info["groups"] = json!(user.groups);
    for (key, values) in &user.extra {
        info["extra"][key] = json!(values);
    }
    info
}

fn token_review(cluster: &Inner, review: &Value) -> Value {
    let token = json::text(review, &["spec", "token"]);
    match cluster.access.user(token, cluster.clock.now()) {
        Some(user) => json!({"authenticated": true, "user": user_info(&user)}),
        None => json!({"user": {}, "error": "invalid bearer token"}),
    }
}

/// Answers `serviceaccounts/<name>/token`: a token that is good for a while.
pub(crate) fn token(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    target.fetch(cluster)?;
    let mut body = decode::body(request, &cluster.schema, "TokenRequest")?.value;
    let seconds = json::int(&body, &["spec", "expirationSeconds"]).unwrap_or(3600).max(600);
    let until = cluster.clock.now() + std::time::Duration::from_secs(seconds.unsigned_abs());
    let token = cluster.names.token();
    let user = User::service_account(&target.namespace, &target.name);
    cluster.access.add_token_until(&token, user, until);
    let map = json::as_object(&mut body);
    map.insert("kind".into(), json!("TokenRequest"));
    map.insert("apiVersion".into(), json!("authentication.k8s.io/v1"));
    map.insert(
        "metadata".into(),
        json!({
            "name": target.name,
            "namespace": target.namespace,
            "creationTimestamp": cluster.clock.time(),
        }),
    );
    json::object_mut(&mut body, "spec").insert("expirationSeconds".into(), json!(seconds));
    let expires = crate::clock::format_seconds(until);
    json::as_object(&mut body)
        .insert("status".into(), json!({"token": token, "expirationTimestamp": expires}));
    respond::plain(request, StatusCode::CREATED, &body)
}
