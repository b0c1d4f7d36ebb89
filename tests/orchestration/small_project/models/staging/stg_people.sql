select * from {{ ref('graded_people') }}
