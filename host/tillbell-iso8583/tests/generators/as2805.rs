//! AS 2805.2:1997: 1987's messages with Australia's additions.

use super::iso1987::{self, Style};
use super::rng::Rng;
use super::shared::Draft;
use super::writers::Wire;

/// A message between Australian acquirers.
pub(crate) fn draw(rng: &mut Rng, wire: &'static Wire, reference: &'static str) -> Draft {
    // Sydney's time, without summer's hour.
    let style =
        Style { ascii_only: true, advice_offset: Some(600), has_cash_field: true, ..Style::ISO };
    iso1987::draw_as(rng, wire, reference, &style)
}
