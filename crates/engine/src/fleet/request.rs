//! One request to one API server, for as long as it may take, and what its failure means.

use http::Request;
use kube::Client;
use mizzen_oam::LOCAL_CLUSTER;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::Fleet;
use super::patience::{REPEATS, put_off};
use crate::error::{Error, causes};
use crate::plan::ObjectId;
use crate::plan::object::cluster_or_local;

/// A request: method, path, and an optional body of a content type.
pub(crate) type Asked<'a> = (&'a str, &'a str, Option<(&'a str, &'a Value)>);

impl Fleet {
    /// Asks the cluster of an object. A server that puts a request off is asked again when it says.
    pub(crate) async fn ask(
        &self,
        doing: &'static str,
        id: &ObjectId,
        (method, path, body): Asked<'_>,
    ) -> Result<Value, Error> {
        let cluster = cluster_or_local(&id.cluster);
        let client = self.client(cluster).await?;
        let user = self.user.as_deref();
        let path = match user {
            // The gateway passes a user on only when it is asked to.
            Some(_) if cluster != LOCAL_CLUSTER => {
                let mark = if path.contains('?') { '&' } else { '?' };
                format!("{path}{mark}impersonate=true")
            }
            _ => path.to_owned(),
        };
        let mut repeats = 0;
        loop {
            let answer = self.answer(cluster, call(&client, user, (method, &path, body))).await;
            let failure = match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(failure)) => failure,
                Err(why) => return Err(unreachable(doing, id, why)),
            };
            match put_off(&failure) {
                Some(pause) if repeats < REPEATS => sleep(pause).await,
                _ => return Err(error(doing, id, failure)),
            }
            repeats += 1;
        }
    }

    /// What a cluster answers in time, or why it does not.
    pub(super) async fn answer<T>(
        &self,
        cluster: &str,
        asked: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<Result<T, kube::Error>, String> {
        let patience = &self.inner.patience;
        let Some(wait) = patience.wait(cluster) else {
            return Err("it did not answer in time, and has not answered since".to_owned());
        };
        let answer = timeout(wait, asked).await;
        match &answer {
            Ok(_) => patience.answered(cluster),
            Err(_) => patience.silent(cluster),
        }
        answer.map_err(|_| format!("no answer within {} s", wait.as_secs()))
    }
}

/// Sends a request with an optional body of a content type.
async fn call(
    client: &Client,
    user: Option<&str>,
    (method, path, body): Asked<'_>,
) -> Result<Value, kube::Error> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(user) = user {
        request = request.header("Impersonate-User", user);
    }
    let bytes = match body {
        Some((content, value)) => {
            request = request.header(http::header::CONTENT_TYPE, content);
            value.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    let request = request.body(bytes).map_err(kube::Error::HttpError)?;
    client.request(request).await
}

/// What a failed request means.
fn error(doing: &'static str, id: &ObjectId, error: kube::Error) -> Error {
    match error {
        // A gateway answers for a member that does not.
        kube::Error::Api(status)
            if matches!(status.code, 502..=504)
                && cluster_or_local(&id.cluster) != LOCAL_CLUSTER =>
        {
            Error::Unreachable {
                cluster: id.cluster.clone(),
                doing,
                object: Box::new(id.clone()),
                why: status.message.clone(),
            }
        }
        kube::Error::Api(status) => Error::Api {
            doing,
            object: Box::new(id.clone()),
            code: status.code,
            reason: status.reason.clone(),
            message: status.message.clone(),
        },
        other => unreachable(doing, id, causes(&other)),
    }
}

fn unreachable(doing: &'static str, id: &ObjectId, why: String) -> Error {
    Error::Unreachable { cluster: id.cluster.clone(), doing, object: Box::new(id.clone()), why }
}

/// Percent-encodes a query value.
pub(crate) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
