"""Every indicator, one file each: its formula, its words in three languages, and the targets that the field knows."""

from app.domain.metrics.indicator import Indicator
from app.domain.metrics.indicators.abandonment import ABANDONMENT
from app.domain.metrics.indicators.after_call_work import AFTER_CALL_WORK
from app.domain.metrics.indicators.attendance import ATTENDANCE
from app.domain.metrics.indicators.attitude_complaint_rate import ATTITUDE_COMPLAINT_RATE
from app.domain.metrics.indicators.average_handle_time import AVERAGE_HANDLE_TIME
from app.domain.metrics.indicators.average_speed_of_answer import AVERAGE_SPEED_OF_ANSWER
from app.domain.metrics.indicators.average_talk_time import AVERAGE_TALK_TIME
from app.domain.metrics.indicators.average_working_time import AVERAGE_WORKING_TIME
from app.domain.metrics.indicators.connect_rate import CONNECT_RATE
from app.domain.metrics.indicators.cost_per_call import COST_PER_CALL
from app.domain.metrics.indicators.csat import CSAT
from app.domain.metrics.indicators.first_contact_resolution import FIRST_CONTACT_RESOLUTION
from app.domain.metrics.indicators.idle_time import IDLE_TIME
from app.domain.metrics.indicators.knowledge_exam import KNOWLEDGE_EXAM
from app.domain.metrics.indicators.monitoring_pass_rate import MONITORING_PASS_RATE
from app.domain.metrics.indicators.nps import NPS
from app.domain.metrics.indicators.occupancy import OCCUPANCY
from app.domain.metrics.indicators.outbound_calls import OUTBOUND_CALLS
from app.domain.metrics.indicators.outbound_efficiency import OUTBOUND_EFFICIENCY
from app.domain.metrics.indicators.outbound_successes import OUTBOUND_SUCCESSES
from app.domain.metrics.indicators.performance_score import PERFORMANCE_SCORE
from app.domain.metrics.indicators.queue_time import QUEUE_TIME
from app.domain.metrics.indicators.repeat_contact_rate import REPEAT_CONTACT_RATE
from app.domain.metrics.indicators.resolution_ratio import RESOLUTION_RATIO
from app.domain.metrics.indicators.rings import RINGS
from app.domain.metrics.indicators.service_level import SERVICE_LEVEL
from app.domain.metrics.indicators.total_calls import TOTAL_CALLS
from app.domain.metrics.indicators.total_complaints import TOTAL_COMPLAINTS
from app.domain.metrics.indicators.transfer_rate import TRANSFER_RATE
from app.domain.metrics.indicators.utilisation import UTILISATION
from app.domain.metrics.indicators.work_efficiency import WORK_EFFICIENCY

# In the order in which they are shown.
INDICATORS: dict[str, Indicator] = {
    one.id: one
    for one in (
        CONNECT_RATE,
        SERVICE_LEVEL,
        AVERAGE_HANDLE_TIME,
        AVERAGE_TALK_TIME,
        AFTER_CALL_WORK,
        RINGS,
        QUEUE_TIME,
        AVERAGE_SPEED_OF_ANSWER,
        ABANDONMENT,
        OCCUPANCY,
        FIRST_CONTACT_RESOLUTION,
        CSAT,
        NPS,
        ATTENDANCE,
        WORK_EFFICIENCY,
        AVERAGE_WORKING_TIME,
        OUTBOUND_CALLS,
        COST_PER_CALL,
        OUTBOUND_SUCCESSES,
        OUTBOUND_EFFICIENCY,
        KNOWLEDGE_EXAM,
        MONITORING_PASS_RATE,
        ATTITUDE_COMPLAINT_RATE,
        IDLE_TIME,
        UTILISATION,
        RESOLUTION_RATIO,
        REPEAT_CONTACT_RATE,
        TRANSFER_RATE,
        TOTAL_CALLS,
        TOTAL_COMPLAINTS,
        PERFORMANCE_SCORE,
    )
}

__all__ = ["INDICATORS"]
