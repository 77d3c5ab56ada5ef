//! Authentication and authorization: tokens, RBAC, impersonation, reviews.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use http::header::AUTHORIZATION;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use mizzen_hub::{Cluster, Hub, User};
use serde_json::{Value, json};
use tower::ServiceExt;

async fn cluster(rbac: bool) -> Cluster {
    let dev = User::new("dev", &["team"]);
    let hub = Hub::builder().seed(7).rbac(rbac).token("dev-token", dev).build().await.unwrap();
    hub.root()
}

/// Asks with headers; the code and the body.
async fn ask(cluster: &Cluster, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = Request::builder().method(Method::GET).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(bytes::Bytes::new())).unwrap();
    let response = cluster.service().oneshot(request).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap_or_default())
}

const PODS: &str = "/api/v1/namespaces/default/pods";

#[tokio::test]
async fn rbac_refuses_in_the_words_of_kubernetes() {
    let cluster = cluster(true).await;
    let dev = [(AUTHORIZATION.as_str(), "Bearer dev-token")];
    let (code, body) = ask(&cluster, PODS, &dev).await;
    assert_eq!(code, 403);
    assert_eq!(
        body["message"],
        "pods is forbidden: User \"dev\" cannot list resource \"pods\" in API group \"\" in the \
         namespace \"default\""
    );
    let (code, _) = ask(&cluster, PODS, &[(AUTHORIZATION.as_str(), "Bearer wrong")]).await;
    assert_eq!(code, 401);
    assert_eq!(ask(&cluster, "/apis", &dev).await.0, 200, "discovery is for everybody");

    let admin = cluster.local(User::admin(), "test");
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "dev-view"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "team"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    admin.create(bindings, &binding).await.unwrap();
    assert_eq!(ask(&cluster, PODS, &dev).await.0, 200);
    let secrets = "/api/v1/namespaces/default/secrets";
    assert_eq!(ask(&cluster, secrets, &dev).await.0, 403, "view does not read secrets");
    assert_eq!(ask(&cluster, "/api/v1/pods", &dev).await.0, 403, "only in that namespace");
}

#[tokio::test]
async fn impersonation_needs_its_own_right() {
    let cluster = cluster(true).await;
    let as_dev = [("impersonate-user", "dev")];
    let (code, body) = ask(&cluster, PODS, &as_dev).await;
    assert_eq!(code, 403);
    assert!(body["message"].as_str().unwrap().contains("User \"dev\" cannot list"));
    let nested = [(AUTHORIZATION.as_str(), "Bearer dev-token"), ("impersonate-user", "boss")];
    let (_, body) = ask(&cluster, PODS, &nested).await;
    assert_eq!(
        body["message"],
        "users \"boss\" is forbidden: User \"dev\" cannot impersonate resource \"users\" in API \
         group \"\" at the cluster scope"
    );
}

#[tokio::test]
async fn reviews_say_what_would_be_allowed() {
    let cluster = cluster(true).await;
    let dev = cluster.local(User::new("dev", &[]), "test");
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let review = json!({"spec": {"resourceAttributes":
        {"verb": "create", "resource": "pods", "namespace": "default"}}});
    assert_eq!(dev.create(reviews, &review).await.unwrap()["status"]["allowed"], false);
    let admin = cluster.local(User::admin(), "test");
    assert_eq!(admin.create(reviews, &review).await.unwrap()["status"]["allowed"], true);
    let me = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = dev.create(me, &json!({})).await.unwrap();
    assert_eq!(answer["status"]["userInfo"]["username"], "dev");
}

#[tokio::test]
async fn service_account_tokens_are_good_for_a_while() {
    let cluster = cluster(true).await;
    let admin = cluster.local(User::admin(), "test");
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}});
    admin.create(accounts, &account).await.unwrap();
    let wish =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let made = admin.create(&format!("{accounts}/bot/token"), &wish).await.unwrap();
    let header = format!("Bearer {}", made["status"]["token"].as_str().unwrap());
    let (code, body) = ask(&cluster, PODS, &[(AUTHORIZATION.as_str(), &header)]).await;
    assert_eq!(code, 403);
    assert!(body["message"].as_str().unwrap().contains("system:serviceaccount:default:bot"));
}
