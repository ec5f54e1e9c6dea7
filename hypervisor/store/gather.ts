/**
 * Questions that come while one is answered wait and are then answered together: thousands of boxes that say "here I am" cost a
 * few statements a second. Who comes alone does not wait.
 */
const AT_ONCE_MAX = 500;

/**
 * @param answerAll one answer for each question, in their order; when it throws, all of them fail with it
 */
export const createGather = <Question, Answer>(
  answerAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): ((question: Question) => Promise<Answer>) => {
  interface Waiting {
    readonly question: Question;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let answering = false;

  const answerNext = async (): Promise<void> => {
    answering = true;
    while (waiting.length > 0) {
      const asked = waiting.slice(0, AT_ONCE_MAX);
      waiting = waiting.slice(AT_ONCE_MAX);
      try {
        const answers = await answerAll(asked.map(({ question }) => question));
        asked.forEach(({ resolve }, index) => {
          resolve(answers[index]!);
        });
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    answering = false;
  };

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      // Those of the same turn go together.
      if (!answering) {
        answering = true;
        setImmediate(() => void answerNext());
      }
    });
};
