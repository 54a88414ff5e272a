//! Channels, their ends, and what waits for them.

use core::pin::pin;

use gimmal_core::channel::{mpmc, spsc};

use crate::{begin, finish, show, show_format};

fn shared() {
    let channel = mpmc::Channel::<u8, 2>::new();
    show("mpmc channel, empty", &channel);
    show("result of a try_recv", &channel.try_recv());

    let mut receiving = pin!(channel.recv());
    show_format("mpmc recv, not begun", &*receiving);
    begin(receiving.as_mut());
    show_format("mpmc recv, waits", &*receiving);
    assert!(channel.try_send(1).is_ok());
    show("mpmc channel, one", &channel);
    show("result of a recv", &finish(receiving.as_mut()));
    show_format("mpmc recv, done", &*receiving);

    assert!(channel.try_send(1).is_ok() && channel.try_send(2).is_ok());
    show("mpmc channel, full", &channel);
    show("result of a try_send", &channel.try_send(3));
    let mut sending = pin!(channel.send(3));
    begin(sending.as_mut());
    show_format("mpmc send, waits", &*sending);
    show_format("mpmc send, cancelled", &sending.cancel().err());
    show_format("mpmc wait to send", &channel.sending(3));
    show_format("mpmc wait to receive", &channel.receiving());
    channel.close();
    show("mpmc channel, closed and full", &channel);
    let view: &mpmc::ChannelView<u8> = &channel;
    show("mpmc channel view", view);
    show("result of a send, closed", &finish(pin!(channel.send(3))));
    assert_eq!((channel.try_recv(), channel.try_recv()), (Ok(1), Ok(2)));
    show("mpmc channel, closed and drained", &channel);
    show("result of a recv, closed", &finish(pin!(channel.recv())));
}

fn narrow() {
    let mut channel = spsc::Channel::<u8, 2>::new();
    show("spsc channel, empty", &channel);
    let (mut sender, mut receiver) = channel.split();
    show("sender, empty", &sender);
    show("receiver, empty", &receiver);
    {
        let mut receiving = pin!(receiver.recv());
        show_format("spsc recv, not begun", &*receiving);
        begin(receiving.as_mut());
        show_format("spsc recv, waits", &*receiving);
        assert!(sender.try_send(1).is_ok());
        show("sender, one", &sender);
        assert_eq!(finish(receiving.as_mut()), Ok(1));
        show_format("spsc recv, done", &*receiving);
    }
    assert!(sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
    {
        let mut sending = pin!(sender.send(3));
        begin(sending.as_mut());
        show_format("spsc send, waits", &*sending);
    }
    show_format("spsc wait to send", &sender.sending(3));
    show_format("spsc wait to receive", &receiver.receiving());
    sender.close();
    show("sender, closed and full", &sender);
    show("receiver, closed and full", &receiver);
    drop((sender, receiver));
    show("spsc channel, closed and full", &channel);
    let view: &spsc::ChannelView<u8> = &channel;
    show("spsc channel view", view);
    show("ends of a view", &spsc::ends(view));
}

pub(crate) fn show_all() {
    shared();
    narrow();
}
