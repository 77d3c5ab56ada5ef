//! A connection that stops at a given call: the controller behind it is killed at that moment.
//!
//! From that call on no answer arrives and nothing is sent any more, as if the process were gone.

use std::sync::Arc;
use std::sync::Mutex;

use http::Request;
use kube::Client;
use kube::client::Body;
use tokio::sync::Notify;
use tower::service_fn;

/// At which moment of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request never arrives.
    Before,
    /// The request is carried out, and nobody hears of it.
    After,
}

/// Where the connection stops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) call: usize,
    pub(crate) moment: Moment,
}

/// What is known of the connection.
#[derive(Clone, Default)]
pub(crate) struct Line {
    calls: Arc<Mutex<Vec<String>>>,
    cut: Arc<Notify>,
}

impl Line {
    /// The calls that arrived so far, with the one that was cut.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Waits until the connection stops.
    pub(crate) async fn stopped(&self) {
        self.cut.notified().await;
    }

    /// Counts a call; its number, from 1.
    fn count(&self, request: &Request<Body>) -> usize {
        let mut calls = self.calls.lock().unwrap();
        calls.push(format!("{} {}", request.method(), request.uri()));
        calls.len()
    }

    /// A client whose connection stops at a call; one that never stops only counts.
    pub(crate) fn client(&self, to: Client, cut: Option<Cut>) -> Client {
        let line = self.clone();
        let service = service_fn(move |request: Request<Body>| {
            let (line, to) = (line.clone(), to.clone());
            async move {
                let number = line.count(&request);
                let Some(cut) = cut.filter(|cut| number >= cut.call) else {
                    return to.send(request).await;
                };
                if number == cut.call {
                    if cut.moment == Moment::After {
                        drop(to.send(request).await);
                    }
                    line.cut.notify_one();
                }
                std::future::pending().await
            }
        });
        Client::new(service, "default")
    }
}
