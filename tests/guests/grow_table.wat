;; world: router
;; Takes table entries until it gets no more, and gives up.
(table $table 1 funcref)
(func $misbehave (param i32) (result i32)
  (loop $again
    (br_if $again
      (i32.ne (table.grow $table (ref.null func) (i32.const 1024)) (i32.const -1))))
  (unreachable))
