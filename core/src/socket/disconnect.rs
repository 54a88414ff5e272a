//! L6: a socket cuts a link by the name that it was made by.

#![forbid(unsafe_code)]

use super::detach::detach;
use super::peer_id::PeerId;
use super::pipe::PipeView;
use super::state::State;
use crate::error::socket::EndpointError;
use crate::ring::to_the_end;

impl<T> State<'_, T> {
    pub(crate) fn disconnect(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        let id = self.member.id;
        self.disconnect_where(endpoint, |connecter| connecter == id)
    }

    /// Cuts the oldest link that was made by this name, of those of which `counts` takes the connecter.
    pub(super) fn disconnect_where(
        &mut self,
        endpoint: &str,
        counts: impl Fn(PeerId) -> bool,
    ) -> Result<(), EndpointError> {
        self.open()?;
        let mark = self.member.context.registry.name_mark(endpoint)?;
        let Some((mut inside, member)) = self.enter_to_all() else {
            return Err(EndpointError::Terminated);
        };
        let mine = |pipe: &PipeView<T>| {
            let (name, connecter) = (pipe.record.name.get(), pipe.record.connecter.get());
            name == mark && counts(connecter) && !pipe.is_closed()
        };
        let (outs, intos) = (inside.out.iter(), inside.into.iter());
        let pipes = outs
            .map(|end| end.pipe())
            .chain(intos.map(|end| end.pipe()));
        let links = pipes
            .filter(|pipe| mine(pipe))
            .map(|pipe| pipe.record.link.get());
        let oldest = links.min().ok_or(EndpointError::NotConnected)?;
        // All its ends that are here: of both ways, and of a link to itself both ends of each.
        let of_link = |pipe: &PipeView<T>| {
            pipe.record.link.get() == oldest && counts(pipe.record.connecter.get())
        };
        to_the_end(|| {
            if let Some(end) = inside.out.remove_first(of_link) {
                detach(end, member.context.registry);
            } else if let Some(end) = inside.into.remove_first(of_link) {
                detach(end, member.context.registry);
            } else {
                return false;
            }
            true
        });
        Ok(())
    }
}
