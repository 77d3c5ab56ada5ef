//! The body of every response: one buffer, or a stream of chunks for watches and logs.
//!
//! Streams are pulled by their reader: when the reader goes away nothing of the watch is left.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http_body::{Frame, SizeHint};

/// What a stream of chunks may fail with (an injected cut of the connection).
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// The body of a response of the hub.
pub struct Body(Inner);

enum Inner {
    Whole(Option<Bytes>),
    Chunks(Chunks),
}

impl Body {
    /// A body of known content.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Inner::Whole(Some(bytes.into())))
    }

    /// What a connection brings.
    pub(crate) fn incoming(body: hyper::body::Incoming) -> Self {
        use futures::StreamExt;
        use http_body_util::BodyExt;
        Self::chunks(body.into_data_stream().map(|chunk| chunk.map_err(BoxError::from)))
    }

    /// No content.
    pub(crate) fn empty() -> Self {
        Self(Inner::Whole(None))
    }

    /// A body that arrives chunk by chunk.
    pub(crate) fn chunks<S>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    {
        Self(Inner::Chunks(Box::pin(stream)))
    }

    /// A body whose chunks cannot fail.
    pub(crate) fn infallible<S>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
    {
        use futures::StreamExt;
        Self::chunks(stream.map(|chunk| match chunk {
            Ok(bytes) => Ok(bytes),
            Err(never) => match never {},
        }))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => {
                write!(f, "Body({} bytes)", bytes.as_ref().map_or(0, Bytes::len))
            }
            Inner::Chunks(_) => f.write_str("Body(stream)"),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().0 {
            Inner::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Inner::Chunks(stream) => {
                stream.as_mut().poll_next(cx).map(|chunk| chunk.map(|c| c.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Inner::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
            Inner::Chunks(_) => SizeHint::default(),
        }
    }
}
