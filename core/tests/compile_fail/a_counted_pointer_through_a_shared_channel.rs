//! error: E0277
use gimmal_core::channel::mpmc::Channel;

#[cfg(not(feature = "right"))]
type Pointer = std::rc::Rc<u8>;
#[cfg(feature = "right")]
type Pointer = std::sync::Arc<u8>;

fn main() {
    let channel = Channel::<Pointer, 4>::new();
    std::thread::scope(|scope| {
        scope.spawn(|| channel.try_send(Pointer::new(1)).is_ok());
    });
}
