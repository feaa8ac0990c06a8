//! Which rule: by day, by night, and where two rules match.

use muster::domain::event::Intensity;
use muster::domain::rule::Condition;

use crate::support::world::World;

/// P2 and P3 both name 震度5弱: one call-out, by the narrower rule. Nobody is
/// called twice for one earthquake.
#[tokio::test]
async fn two_rules_that_match_start_one_call_out() {
    let world = World::with(|plan| {
        plan.rules["P3"].when = Condition::Earthquake {
            from: Intensity::Four,
            to: Intensity::FiveLower,
        };
    })
    .await;
    let call_outs = world.earthquake("5-").await;
    assert_eq!(call_outs.len(), 1);
    assert_eq!(world.see(&call_outs[0]).await.rule.as_str(), "P2");
}
