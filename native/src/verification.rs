//! Finding out whether a connection still answers: how often it is asked, and which answers count.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Questions a connection may leave unanswered, however often the network changes meanwhile: whoever tells of changes shall not
/// keep a dead one.
const MOST_QUESTIONS: u32 = 12;

/// One verification at a time; a second one begins the first anew.
#[derive(Default)]
pub struct Verification {
    running: Mutex<Option<Running>>,
}

struct Running {
    /// How many it was begun with.
    questions: u32,
    /// How many are still to ask.
    left: u32,
    /// How many can be at most.
    possible: u32,
    /// Counts how often it was begun: an answer to a question from before what it was begun anew for says nothing.
    round: u32,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Only answers to questions of the same round count.
    pub round: u32,
    /// How many are left after it.
    pub left: u32,
}

impl Verification {
    /// Begins one of so many questions, or the running one anew. Whether there was one.
    pub fn begin(&self, questions: u32) -> bool {
        let mut running = self.running();
        let there_was = running.is_some();
        let (possible, round) = running.as_ref().map_or((MOST_QUESTIONS, 0), |running| {
            (running.possible, running.round + 1)
        });
        *running = Some(Running::new(questions, possible, round));
        there_was
    }

    /// The next question. Where none is left, it is over.
    pub fn question(&self) -> Option<Question> {
        let mut running = self.running();
        let next = running.as_mut().and_then(Running::take);
        if next.is_none() {
            *running = None;
        }
        next
    }

    /// Nothing can be found out at present: it is over.
    pub fn abandon(&self) {
        *self.running() = None;
    }

    /// A question of this round was answered: it is over, unless it was begun anew since. Then none of those before counts as
    /// unanswered.
    pub fn end(&self, round: u32) -> bool {
        let mut running = self.running();
        let is_over = running.take_if(|running| running.round == round).is_some();
        if let Some(anew) = running.as_mut() {
            *anew = Running::new(anew.questions, MOST_QUESTIONS, anew.round);
        }
        is_over
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn new(questions: u32, possible: u32, round: u32) -> Self {
        Self {
            questions,
            left: questions.min(possible),
            possible,
            round,
        }
    }

    fn take(&mut self) -> Option<Question> {
        self.left = self.left.checked_sub(1)?;
        self.possible = self.possible.saturating_sub(1);
        Some(Question {
            round: self.round,
            left: self.left,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_anew_it_asks_as_often_again_but_not_for_ever() {
        let verification = Verification::default();
        assert!(!verification.begin(7));
        assert_eq!(verification.question().map(|next| next.left), Some(6));
        let mut asked = 1;
        while verification.begin(3) {
            asked += u32::from(verification.question().is_some());
            assert!(asked <= MOST_QUESTIONS);
        }
        assert_eq!(asked, MOST_QUESTIONS);
    }

    #[test]
    fn a_change_of_the_network_makes_a_doubt_shorter() {
        let verification = Verification::default();
        verification.begin(7);
        assert!(verification.begin(3));
        let left: Vec<_> = std::iter::from_fn(|| verification.question())
            .map(|question| question.left)
            .collect();
        assert_eq!(left, [2, 1, 0]);
        assert!(!verification.begin(3), "over with its last question");
    }

    #[test]
    fn an_answer_from_before_it_was_begun_anew_does_not_end_it() {
        let verification = Verification::default();
        verification.begin(3);
        let before = verification.question().unwrap().round;
        verification.begin(3);
        assert!(!verification.end(before));
        let question = verification.question().unwrap();
        assert_eq!(question.left, 2);
        assert!(verification.end(question.round));
        assert_eq!(verification.question(), None);
    }

    #[test]
    fn what_changed_while_the_last_question_waited_is_asked_about_once_that_is_answered() {
        let verification = Verification::default();
        verification.begin(MOST_QUESTIONS);
        let last = std::iter::from_fn(|| verification.question())
            .find(|question| question.left == 0)
            .unwrap();
        assert!(verification.begin(3));
        assert!(!verification.end(last.round));
        let question = verification.question().unwrap();
        assert_eq!(question.left, 2);
        assert!(verification.end(question.round));
    }

    #[test]
    fn who_answers_is_asked_however_often_it_is_begun_anew() {
        let verification = Verification::default();
        verification.begin(3);
        let mut last = verification.question().unwrap();
        for _ in 2..MOST_QUESTIONS {
            assert!(verification.begin(3));
            last = verification.question().unwrap();
        }
        assert!(verification.begin(3));
        assert!(!verification.end(last.round));
        let question = verification.question().unwrap();
        assert_eq!(question.left, 2);
        assert!(verification.end(question.round));
    }
}
