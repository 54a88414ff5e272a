//! L8: selects of two to eight branches: what each number of them gives, and how it is polled.

#![forbid(unsafe_code)]

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::branch::Branch;
use super::pinned::PinnedTuple;
use crate::panic_without_fmt::some_or_panic;
use crate::wait::{Polled, fence};

/// A tuple of two to eight [`Branch`]es.
#[doc(hidden)]
pub trait Branches: Sized {
    /// The number of branches.
    const COUNT: usize;
    /// The number of the one that was done, its result, and the operations of the others.
    type Selected;
    /// The operations, if none was done.
    type Left;
    /// The futures of the branches.
    type Futures;

    /// Tries each once, beginning with the one at `first`.
    fn try_each(branches: &mut Option<Self>, first: usize) -> Poll<Self::Selected>;
    /// The operations of branches that have not begun.
    fn into_left(self) -> Self::Left;
    /// Makes the futures.
    fn start(self) -> Self::Futures;
    /// Polls each; new ones have just been tried.
    fn poll_each(
        futures: Pin<&mut Self::Futures>,
        cx: &mut Context<'_>,
        first: usize,
        are_new: bool,
    ) -> Poll<Self::Selected>;
    /// Gives up, with one last try of each until one succeeds.
    fn cancel_each(
        futures: Pin<&mut Self::Futures>,
        first: usize,
    ) -> Result<Self::Selected, Self::Left>;
}

/// The indices of `count` branches, beginning with `first` and going round.
fn round(first: usize, count: usize) -> impl Iterator<Item = usize> {
    (first..count).chain(0..first)
}

macro_rules! selected {
    ($(
        $Selected:ident $count:literal $words:literal ($($Branch:ident $index:tt)*)
        { $($Variant:ident $Done:ident $done:tt [$($Other:ident $other:tt)*])* }
    )*) => {$(
        #[doc = concat!("The result of a select of ", $words, " operations. The variant says which one was done. In each variant, also in `Second`, the result of that one comes first; behind it are the operations that were not done, in the order of the tuple.")]
        pub enum $Selected<$($Branch: Branch),*> {
            $(
                #[doc = concat!("The one at index ", stringify!($done), ".")]
                $Variant($Done::Output $(, $Other::Operation)*),
            )*
        }

        impl<$($Branch: Branch),*> $Selected<$($Branch),*> {
            /// Returns the index of the operation that was done.
            ///
            /// # Examples
            /// ```
            /// # gimmal_core::wait::block_on(async {
            /// # use gimmal_core::{poll::select, sync::Event};
            /// let (left, right) = (Event::new(), Event::new());
            /// right.set();
            /// assert_eq!(select((left.waiting(), right.waiting())).await.index(), 1);
            /// # });
            /// ```
            pub fn index(&self) -> usize {
                match self {
                    $($Selected::$Variant(..) => $done,)*
                }
            }
        }

        impl<$($Branch: Branch),*> fmt::Debug for $Selected<$($Branch),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Selected))
                    .field("index", &self.index())
                    .finish_non_exhaustive()
            }
        }

        impl<$($Branch: Branch),*> Branches for ($($Branch,)*) {
            const COUNT: usize = $count;
            type Selected = $Selected<$($Branch),*>;
            type Left = ($($Branch::Operation,)*);
            type Futures = ($($Branch::Future,)*);

            #[inline]
            fn try_each(branches: &mut Option<Self>, first: usize) -> Poll<Self::Selected> {
                let each = some_or_panic!(branches.as_mut(), "the future has been ready before");
                for at in round(first, $count) {
                    match at {
                        $($done => if let Poll::Ready(output) = each.$done.try_now() {
                            let _all = some_or_panic!(branches.take(), "it was there");
                            return Poll::Ready($Selected::$Variant(
                                output $(, _all.$other.into_operation())*
                            ));
                        })*
                        _ => {}
                    }
                }
                Poll::Pending
            }

            fn into_left(self) -> Self::Left {
                ($(self.$index.into_operation(),)*)
            }

            fn start(self) -> Self::Futures {
                ($(self.$index.start(),)*)
            }

            fn poll_each(
                mut futures: Pin<&mut Self::Futures>,
                cx: &mut Context<'_>,
                first: usize,
                are_new: bool,
            ) -> Poll<Self::Selected> {
                let mut each = futures.as_mut().fields();
                // Whose try has failed, and whether they had been woken.
                let mut failed = [are_new.then_some(false); $count];
                let mut asymmetric = false;
                let mut done = None;
                // Three rounds: try, enqueue, and after the fence try again.
                if !are_new {
                    for at in round(first, $count) {
                        match at {
                            $($done => match $Done::poll_first(each.$done.as_mut(), cx) {
                                Polled::Ready(output) => {
                                    return Poll::Ready($Selected::$Variant(
                                        output $(, $Other::withdraw(each.$other.as_mut()))*
                                    ));
                                }
                                Polled::Enqueued => {}
                                Polled::Failed { woken } => failed[$done] = Some(woken),
                            })*
                            _ => {}
                        }
                    }
                }
                $(if let (Some(woken), None) = (failed[$done], &done) {
                    asymmetric |= $Done::is_asymmetric(&each.$done);
                    if let Poll::Ready(output) = $Done::enqueue(each.$done.as_mut(), cx, woken) {
                        done = Some($Selected::$Variant(
                            output $(, $Other::withdraw(each.$other.as_mut()))*
                        ));
                    }
                })*
                if let Some(done) = done {
                    return Poll::Ready(done);
                }
                fence(asymmetric);
                for at in round(first, $count) {
                    match at {
                        $($done => if let Some(woken) = failed[$done]
                            && let Poll::Ready(output) =
                                $Done::poll_enqueued(each.$done.as_mut(), woken)
                        {
                            return Poll::Ready($Selected::$Variant(
                                output $(, $Other::withdraw(each.$other.as_mut()))*
                            ));
                        })*
                        _ => {}
                    }
                }
                Poll::Pending
            }

            fn cancel_each(
                mut futures: Pin<&mut Self::Futures>,
                first: usize,
            ) -> Result<Self::Selected, Self::Left> {
                let mut each = futures.as_mut().fields();
                let mut left = ($(None::<$Branch::Operation>,)*);
                for at in round(first, $count) {
                    match at {
                        $($done => match $Done::cancel(each.$done.as_mut()) {
                            Err(operation) => left.$done = Some(operation),
                            Ok(output) => {
                                return Ok($Selected::$Variant(output $(, {
                                    let other = left.$other.take();
                                    other.unwrap_or_else(|| {
                                        $Other::withdraw(each.$other.as_mut())
                                    })
                                })*));
                            }
                        })*
                        _ => {}
                    }
                }
                Err(($(some_or_panic!(left.$index, "each was cancelled"),)*))
            }
        }
    )*};
}

selected! {
    Selected2 2 "two" (A 0 B 1) {
        First A 0 [B 1]
        Second B 1 [A 0]
    }
    Selected3 3 "three" (A 0 B 1 C 2) {
        First A 0 [B 1 C 2]
        Second B 1 [A 0 C 2]
        Third C 2 [A 0 B 1]
    }
    Selected4 4 "four" (A 0 B 1 C 2 D 3) {
        First A 0 [B 1 C 2 D 3]
        Second B 1 [A 0 C 2 D 3]
        Third C 2 [A 0 B 1 D 3]
        Fourth D 3 [A 0 B 1 C 2]
    }
    Selected5 5 "five" (A 0 B 1 C 2 D 3 E 4) {
        First A 0 [B 1 C 2 D 3 E 4]
        Second B 1 [A 0 C 2 D 3 E 4]
        Third C 2 [A 0 B 1 D 3 E 4]
        Fourth D 3 [A 0 B 1 C 2 E 4]
        Fifth E 4 [A 0 B 1 C 2 D 3]
    }
    Selected6 6 "six" (A 0 B 1 C 2 D 3 E 4 F 5) {
        First A 0 [B 1 C 2 D 3 E 4 F 5]
        Second B 1 [A 0 C 2 D 3 E 4 F 5]
        Third C 2 [A 0 B 1 D 3 E 4 F 5]
        Fourth D 3 [A 0 B 1 C 2 E 4 F 5]
        Fifth E 4 [A 0 B 1 C 2 D 3 F 5]
        Sixth F 5 [A 0 B 1 C 2 D 3 E 4]
    }
    Selected7 7 "seven" (A 0 B 1 C 2 D 3 E 4 F 5 G 6) {
        First A 0 [B 1 C 2 D 3 E 4 F 5 G 6]
        Second B 1 [A 0 C 2 D 3 E 4 F 5 G 6]
        Third C 2 [A 0 B 1 D 3 E 4 F 5 G 6]
        Fourth D 3 [A 0 B 1 C 2 E 4 F 5 G 6]
        Fifth E 4 [A 0 B 1 C 2 D 3 F 5 G 6]
        Sixth F 5 [A 0 B 1 C 2 D 3 E 4 G 6]
        Seventh G 6 [A 0 B 1 C 2 D 3 E 4 F 5]
    }
    Selected8 8 "eight" (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7) {
        First A 0 [B 1 C 2 D 3 E 4 F 5 G 6 H 7]
        Second B 1 [A 0 C 2 D 3 E 4 F 5 G 6 H 7]
        Third C 2 [A 0 B 1 D 3 E 4 F 5 G 6 H 7]
        Fourth D 3 [A 0 B 1 C 2 E 4 F 5 G 6 H 7]
        Fifth E 4 [A 0 B 1 C 2 D 3 F 5 G 6 H 7]
        Sixth F 5 [A 0 B 1 C 2 D 3 E 4 G 6 H 7]
        Seventh G 6 [A 0 B 1 C 2 D 3 E 4 F 5 H 7]
        Eighth H 7 [A 0 B 1 C 2 D 3 E 4 F 5 G 6]
    }
}
