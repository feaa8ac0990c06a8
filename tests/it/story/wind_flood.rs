//! P4: the third posture, on the mayor's order, with a minute to cancel it.

use muster::domain::call_out::{State, Word};
use muster::domain::id::{PersonId, Principal};
use muster::engine::Error;

use crate::support::world::World;

fn word(reason: Option<&str>) -> Word {
    Word {
        by: Principal::new("token:chief"),
        on_word_of: Some(PersonId::new("mayor")),
        reason: reason.map(str::to_owned),
    }
}

#[tokio::test]
async fn the_mayor_orders_and_everyone_is_called_after_a_minute() {
    let world = World::example().await;
    let accepted = world.posture(3, "mayor").await.unwrap();
    let id = &accepted.call_outs[0];
    assert_eq!(world.see(id).await.state, State::Held);
    assert_eq!(world.see(id).await.counts().called, 0);
    world.advance("59s").await;
    assert_eq!(world.see(id).await.counts().called, 0);
    world.advance("1s").await;
    let call_out = world.see(id).await;
    assert_eq!(
        call_out.counts().called as usize,
        world.plan().roster.people.len()
    );
    let mails = world.sent();
    let last = mails.iter().rfind(|sent| sent.channel == "email").unwrap();
    assert!(last.body.contains("指令：町長"), "{}", last.body);
    insta::assert_snapshot!(world.timeline(id).await, @r"
    00:00:00 第3非常配備体制の発令（指令：町長）の通報（トークン duty）
    00:00:00 指令者：町長（入力：トークン duty）
    00:00:00 03:01:00まで保留。それまでは取り消せます
    00:00:00   email accepted x4
    00:01:00 参集を開始（参集対象1件）
    00:01:00 第1段階: 37人を招集
    00:01:00   email accepted x37
    00:01:00   webhook accepted x17
    ");
}

/// Only the mayor orders the third posture; nobody else's word starts it.
#[tokio::test]
async fn nobody_else_orders_the_third_posture() {
    let world = World::example().await;
    let refused = world.posture(3, "it-1").await.unwrap_err();
    assert!(matches!(refused, Error::Order { .. }), "{refused}");
    world.advance("1h").await;
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_held_call_out_can_be_cancelled_before_anybody_is_called() {
    let world = World::example().await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    world.advance("30s").await;
    world
        .engine
        .cancel(&id, word(Some("入力の誤り")))
        .await
        .unwrap();
    world.advance("3h").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Cancelled);
    assert_eq!(call_out.counts().called, 0);
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 第3非常配備体制の発令（指令：町長）の通報（トークン duty）
    00:00:00 指令者：町長（入力：トークン duty）
    00:00:00 03:01:00まで保留。それまでは取り消せます
    00:00:00   email accepted x4
    00:00:30 保留中に取消：入力の誤り（トークン chief、町長の指示による）
    00:00:30   email accepted x4
    ");
}

#[tokio::test]
async fn a_held_call_out_can_be_confirmed_before_its_time() {
    let world = World::example().await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    world.engine.confirm(&id, word(None), None).await.unwrap();
    world.turn().await;
    assert_eq!(world.see(&id).await.state, State::Open);
    let again = world
        .engine
        .confirm(&id, word(None), None)
        .await
        .unwrap_err();
    assert!(again.to_string().contains("not held"), "{again}");
}

/// Postures below the third start no rule of the plan.
#[tokio::test]
async fn lower_postures_call_nobody() {
    let world = World::example().await;
    assert!(
        world
            .posture(2, "mayor")
            .await
            .unwrap()
            .call_outs
            .is_empty()
    );
}
