"""How near questions of one meaning are to each other, and others to them: where the thresholds of `chat.gaps` and
`assistant.verified` come from. `python -m benchmarks.alike` (in an installation, with its embedding model).

Each line is one matter in several wordings. Lines that stand beside each other are near misses on purpose.
"""

import asyncio
import os
from itertools import combinations, product

import numpy as np

MATTERS = """
How many days of annual leave do I get?|What is my vacation allowance?|how much holiday do we have per year
How do I request annual leave?|Where do I apply for vacation days?|whom do I ask for time off
Can I carry unused leave into next year?|Do leftover vacation days expire?|what happens to holiday I have not taken
How long is parental leave?|How many weeks off do new parents get?|parental leave duration
Is parental leave paid?|Do I get my salary during parental leave?|pay while on parental leave
What may a hotel cost per night?|hotel price limit|How much can I spend on accommodation when travelling?
How do I book a hotel for a business trip?|Where do I reserve accommodation for work travel?|booking hotels
How do I get travel costs reimbursed?|Where do I hand in my travel expenses?|expense claim for a trip
Which class may I fly?|Am I allowed to fly business class?|flight class rules
How do I reset my password?|I forgot my password, what now?|password reset
How long must a password be?|What are the password rules?|minimum password length
How do I connect to the VPN?|VPN setup|How can I reach the company network from home?
Who do I call about a stolen laptop?|My notebook was stolen, whom do I tell?|report a lost laptop
How do I order a new laptop?|Where can I get a replacement computer?|request new notebook
May I work from home?|Is remote work allowed?|home office rules
May I work from abroad?|Can I work from another country?|working remotely outside the country
When is payday?|On which day is the salary paid?|salary payment date
Where do I find my payslip?|How do I download my pay statement?|payslips
How does the performance review work?|When are performance reviews held?|annual appraisal process
What is the notice period?|How early must I give notice when I quit?|resignation notice
How do I call in sick?|Whom do I tell when I am ill?|reporting sickness
When do I need a doctor's note?|After how many days must I bring a medical certificate?|sick note from which day
Is there a dress code?|What should I wear to the office?|clothing rules
How do I get a parking space?|Where can I park at the office?|parking permit
How do I book a meeting room?|Meeting room reservation|Where do I reserve a conference room?
Can I bring my dog to the office?|Are pets allowed at work?|dogs in the office
What training budget do I have?|How much money is there for courses per person?|education budget
How do I sign up for a training?|Where do I register for a course?|enrol in training
How do I make a micropurchase?|How can I buy something small for the team?|small purchase process
May I accept gifts from suppliers?|Are presents from vendors allowed?|gift policy
""".strip()


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")
    django.setup()
    from ingestion.embed import current_model, embed_passages

    matters = [line.split("|") for line in MATTERS.splitlines()]
    model = current_model()
    texts = [model.query_prefix + text for matter in matters for text in matter]
    vectors = asyncio.run(embed_passages(texts))
    parts, at = [], 0
    for matter in matters:
        parts.append(vectors[at : at + len(matter)])
        at += len(matter)
    alike = np.array([float(a @ b) for part in parts for a, b in combinations(part, 2)])
    others = np.array([float(a @ b) for one, two in combinations(parts, 2) for a, b in product(one, two)])
    # A wording against the nearest of the other wordings: of its own matter, and of any other.
    own = [
        max(float(part[i] @ part[j]) for j in range(len(part)) if j != i)
        for part in parts
        for i in range(len(part))
    ]
    foreign = [
        max(float(v @ w) for m, other in enumerate(parts) if m != n for w in other)
        for n, part in enumerate(parts)
        for v in part
    ]
    print(f"{model.name}: {len(matters)} matters, {len(texts)} wordings")
    print("cosine  alike  others  finds its matter  taken for another")
    for cut in np.arange(0.5, 0.96, 0.05):
        right = sum(o >= cut and o >= f for o, f in zip(own, foreign, strict=True)) / len(own)
        wrong = sum(f >= cut and f > o for o, f in zip(own, foreign, strict=True)) / len(own)
        print(
            f"{cut:.2f}   {(alike >= cut).mean():6.1%} {(others >= cut).mean():7.2%} {right:12.1%} {wrong:18.1%}"
        )
    worst = sorted(
        ((float(a @ b), x, y) for (n, one), (m, two) in combinations(enumerate(parts), 2)
         for (i, a), (j, b) in product(enumerate(one), enumerate(two)) for x, y in [(matters[n][i], matters[m][j])]),
        reverse=True,
    )[:8]  # fmt: skip
    for nearness, one, other in worst:
        print(f"{nearness:.2f}  {one}  <>  {other}")


if __name__ == "__main__":
    main()
