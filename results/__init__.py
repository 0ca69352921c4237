"""What is kept of a run, and what it shows.

- `journal`: a line for every event, written before the next one, from which everything else is made
- `recording`: exchanges in a file; `har` writes and reads it, `imported` reads traffic of other tools, `har_bodies` the
  forms in which these keep bodies
- `evidence`: what was seen for each requirement; `verdicts`: what follows from it, known deviations included
- `faults`: violations grouped by cause; `argument_classes`: in which words a cause is described
- `fault_steps`: the requests that show a fault again; `reproduction`: the shell script that sends them
- `observations`, `examples`: what else reports show, such as the organisation's records and real exchanges
- `result`: the types of `result.json`, its writer and reader; `building`: makes one from a journal
"""
