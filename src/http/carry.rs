//! Requests that change something are carried to their end.
//!
//! Owns the task that does, and the body's end where nobody waits any more. It
//! must not know what is asked.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use super::problem::Problem;

/// A body that breaks off once nobody waits for the answer.
///
/// Why: whoever never sends the rest of it would else keep its place at the door
/// for ever, since nothing that waits for it ends by itself.
struct Awaited {
    body: Body,
    gone: oneshot::Receiver<()>,
}

impl hyper::body::Body for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Why the body first: what has come whole is carried out.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let gone = self.gone.poll_unpin(context);
        gone.map(|_| Some(Err(axum::Error::new("nobody waits for the answer"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Carries what changes something to its end, also where whoever asked goes
/// away meanwhile, or the time limit answers in its place.
///
/// Why: a change is in memory before it is on disk. Dropped in between, it would
/// be believed without being kept, or be kept without being known of: the same
/// report, told again, would be taken for told, or call everybody twice.
pub(super) async fn to_its_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (waits, gone) = oneshot::channel::<()>();
    let request = request.map(|body| Body::new(Awaited { body, gone }));
    let carried = tokio::spawn(next.run(request)).await;
    // Invariant: held until there is an answer, or nobody waits for one.
    drop(waits);
    match carried {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::inside("終了するところです", "the daemon is ending").into_response(),
        },
    }
}
