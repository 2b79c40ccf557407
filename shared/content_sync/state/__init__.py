"""What is remembered between runs: all that touches DynamoDB.

One table, keys `pk` and `sk`. The content of an item is JSON text in `data`, to be read by people.

pk                       sk                              content
integrations             <provider>#<integration>        state of an integration
<provider>#<integration> lease#<kind>                    who may write, and until when
                         cursor#<kind>                   where an unfinished run goes on
                         mark#<name>                     watermark, when courses were gained
                         course#<n>                      course ledger
                         run#<kind>#<started>#<run id>   run reports
<...>#<0 to f>           detail#<kind>#<run id>#<n>      the lists behind a report
                         learner#sent#<hash>#<n>         what was sent of a learner
                         learner#parked#<hash>#<n>       what waits
                         cursor#<kind>#<name>#<part>     what belongs to a cursor
"""
