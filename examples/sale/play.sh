# A sale of six weeks, from the first meeting to the signature. Run it from the root of the repository: sh examples/sale/play.sh
# What it keeps goes to an empty folder of its own.
set -e
export REVIEWER_DATA="${REVIEWER_DATA:-$(mktemp -d)}"

# Week 1. The first joint meeting; the sponsor agrees to the way of writing before anything else leaves.
reviewer deal new Norvalis --customer Norvalis --people examples/sale/people.csv --sender 'Camille Marchand <camille@kaysoft.example>' --on 2026-01-12
reviewer review examples/sale/1-meeting.txt --deal Norvalis --on 2026-01-12 --engine local --out "$REVIEWER_DATA/drafts"
reviewer deal agree Norvalis proposed --on 2026-01-12
reviewer deal sent Norvalis 1 --on 2026-01-12
reviewer deal agree Norvalis agreed --what 'Mehdi : technique ; Sabine : prix et contrat ; Julien : planning' --on 2026-01-13
reviewer deal sent Norvalis 2 3 4 5 --on 2026-01-13
reviewer deal observe Norvalis mixed --note 'Hélène laisse chacun répondre dans son domaine' --on 2026-01-14

# Three days later: the message to the group is too early, and waits for the weekly one.
reviewer review examples/sale/2-connector.txt --deal Norvalis --on 2026-01-15 --engine local
reviewer deal log Norvalis --unsent
reviewer deal sent Norvalis 7 8 --on 2026-01-15

# Week 2.
reviewer deal recap Norvalis --on 2026-01-20 --out "$REVIEWER_DATA/drafts"
reviewer deal sent Norvalis 9 --on 2026-01-20
reviewer review examples/sale/3-planning.txt --deal Norvalis --on 2026-01-21 --engine local
reviewer deal sent Norvalis 11 12 --on 2026-01-21
reviewer deal insists Norvalis o.vial@norvalis.example --until 2026-02-20 --note 'Veut tout voir passer' --on 2026-01-22

# Week 3. The schedule is settled with the project manager: the group is owed the outcome.
reviewer review examples/sale/4-planning-settled.txt --deal Norvalis --people examples/sale/julien.txt --on 2026-01-28 --engine local
reviewer deal sent Norvalis 13 --on 2026-01-28
reviewer deal show Norvalis --on 2026-01-29
reviewer deal recap Norvalis --on 2026-01-29
reviewer deal sent Norvalis 14 --on 2026-01-29
reviewer deal summary Norvalis --on 2026-01-29 --out "$REVIEWER_DATA/drafts"

# Week 4. The last word on the price is for the buyer.
reviewer review examples/sale/5-budget.txt --deal Norvalis --on 2026-02-04 --engine local
reviewer deal sent Norvalis 17 18 --on 2026-02-04
reviewer deal recap Norvalis --on 2026-02-05
reviewer deal sent Norvalis 19 --on 2026-02-05

# Week 5. The price is agreed on the telephone. Nobody writes to the group: it is said.
reviewer deal settle Norvalis budget "L'enveloppe budgétaire est confirmée." --on 2026-02-11
reviewer deal show Norvalis --on 2026-02-19

# Week 6. The debts are paid, and the contract is signed.
reviewer deal recap Norvalis --on 2026-02-19
reviewer deal sent Norvalis 20 --on 2026-02-19
reviewer review examples/sale/6-signature.txt --deal Norvalis --on 2026-02-26 --engine local
reviewer deal sent Norvalis 21 22 --on 2026-02-26
reviewer deal show Norvalis --on 2026-02-27
reviewer deal remind Norvalis --on 2026-02-27 --out "$REVIEWER_DATA/weekly.ics"
reviewer deal close Norvalis --as won --on 2026-02-27

# Three months later: "nobody told me that the acceptance was moved".
reviewer deal log Norvalis --person 'Odette Vial' --words recette
reviewer deal log Norvalis --topic planning_change --format csv
reviewer deal log Norvalis --format html --out "$REVIEWER_DATA/record.html"
reviewer deal show Norvalis --on 2026-05-28
reviewer deal export Norvalis --out "$REVIEWER_DATA/norvalis.json"
reviewer deal import "$REVIEWER_DATA/norvalis.json" --as 'Norvalis (copy)'
reviewer deal list
