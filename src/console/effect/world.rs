//! The border between the console and the clusters: clients to read with, and plans to write by.

use std::any::Any;
use std::pin::Pin;

use futures::future::BoxFuture;
use kube::Client;
use mizzen_engine::render::Definitions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use crate::console::model::AppKey;
use crate::console::model::sheet::{PlanView, Verb};
use crate::console::term::clean::Clean;

/// A plan as it is shown, with what carries it out.
pub struct Prepared {
    /// As it is shown.
    pub view: PlanView,
    /// What carries it out; only the one who made it knows what it is.
    pub work: Box<dyn Any + Send + Sync>,
}

/// A shell that is open, as two streams of bytes.
pub struct Session {
    /// Where it is.
    pub about: Clean,
    /// What is typed.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
    /// What it says.
    pub output: Pin<Box<dyn AsyncRead + Send>>,
    /// What it says of its errors, where that comes apart.
    pub errors: Pin<Box<dyn AsyncRead + Send>>,
    /// Columns and rows of the terminal, when they change.
    pub sizes: mpsc::Sender<(u16, u16)>,
    /// How it ended; nothing when the connection was cut.
    pub ended: BoxFuture<'static, Option<End>>,
}

/// How a shell, or a command, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// In words.
    pub said: String,
    /// Its exit code, where the server told one.
    pub code: Option<u8>,
}

/// A hub with its members, as one person may use it.
pub trait World: Send + Sync {
    /// What the person calls the hub.
    fn name(&self) -> String;

    /// The hub.
    fn hub(&self) -> Client;

    /// A cluster by name; `local` is the hub.
    ///
    /// # Errors
    /// A sentence: there is no such cluster, or it cannot be used, and what to do.
    fn client(&self, cluster: &str) -> BoxFuture<'_, Result<Client, String>>;

    /// The members' names.
    ///
    /// # Errors
    /// A sentence: they cannot be listed.
    fn members(&self) -> BoxFuture<'_, Result<Vec<String>, String>>;

    /// The definitions in the binary.
    ///
    /// # Errors
    /// A sentence: they cannot be read.
    fn builtin(&self) -> Result<&Definitions, String>;

    /// Computes what a verb would do, about one revision or step where one was chosen.
    ///
    /// # Errors
    /// A sentence: it cannot be done.
    fn plan(
        &self,
        verb: Verb,
        key: AppKey,
        subject: Option<String>,
    ) -> BoxFuture<'_, Result<Prepared, String>>;

    /// Carries out a plan that was shown, for a reason; answers what was observed.
    ///
    /// # Errors
    /// A sentence with the new facts: the world moved, or a write was refused.
    fn run(&self, prepared: Prepared, reason: String) -> BoxFuture<'_, Result<String, String>>;

    /// Opens the shell of a plan that was shown, for a reason, on a terminal of this size.
    ///
    /// # Errors
    /// A sentence: the world moved, or it was refused.
    fn open<'a>(
        &'a self,
        prepared: &'a Prepared,
        reason: String,
        size: (u16, u16),
    ) -> BoxFuture<'a, Result<Session, String>>;

    /// Leaves a trace of how the shell of a plan ended.
    fn closed<'a>(&'a self, prepared: &'a Prepared, how: &'a str) -> BoxFuture<'a, ()>;
}
