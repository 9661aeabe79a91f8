//! A connection that does not wait for ever.
//!
//! The server's own timeouts cover the head of the first request and the pause between requests. Not covered are the head
//! of a later request that comes a byte at a time, and a reader that takes the answer a byte at a time. Both are seen
//! here, below HTTP: what was begun to be read must be answered in time, and what is written must be taken in time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A time that runs or does not.
struct Timer {
    most: Duration,
    sleep: Pin<Box<Sleep>>,
    runs: bool,
}

impl Timer {
    fn new(most: Duration) -> Self {
        Self { most, sleep: Box::pin(sleep(most)), runs: false }
    }

    fn start(&mut self) {
        if !self.runs {
            self.runs = true;
            self.sleep.as_mut().reset(Instant::now() + self.most);
        }
    }

    fn stop(&mut self) {
        self.runs = false;
    }

    /// Fails when the time is over; else wakes the task then.
    fn check(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !self.runs {
            return Poll::Pending;
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(io::Error::from(io::ErrorKind::TimedOut))
    }
}

/// A stream with both times.
pub struct Guarded<T = TcpStream> {
    stream: T,
    /// From the first byte of a request to the first byte of its answer.
    answer: Timer,
    /// While the other side takes nothing of what is written.
    taking: Timer,
}

impl<T> Guarded<T> {
    /// Nothing may take longer than this.
    pub fn new(stream: T, most: Duration) -> Self {
        Self { stream, answer: Timer::new(most), taking: Timer::new(most) }
    }

    fn written(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Ready(result) => {
                self.taking.stop();
                self.answer.stop();
                Poll::Ready(result)
            }
            Poll::Pending => {
                self.taking.start();
                self.taking.check(cx).map(Err)
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guarded<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before {
                    self.answer.start();
                }
                Poll::Ready(result)
            }
            Poll::Pending => self.answer.check(cx).map(Err),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guarded<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
